/** How fast the core and its workers are; scripts/page_benchmark.py calls this in the page. Not a part of the page. */

import { kerasStarts } from "../core/random.js";
import { makePlane } from "../core/directions.js";
import { evaluatePlane } from "../core/plane.js";
import { kinkLines } from "../core/regions.js";
import { trainPath } from "../core/training.js";
import { makeTexts } from "../texts/texts.js";
import { makeLook } from "../views/drawing/look.js";
import { makeCanvasPen } from "../views/drawing/pen.js";
import { drawPlane } from "../views/plane.js";
import { makePool } from "./pool.js";
import { startWorker as serve } from "./worker.js";

/** What a worker made from this program calls. */
export const startWorker = serve;

/**
 * @param {Function} program the bundle of this module
 * @param {object} data from Python
 * @param {{workers?: number, starts: number, side: number, points: number, thetas: number}} size
 * @returns {Promise<object>} milliseconds: of a run, of many starts, of a basin map and until its first row, of a
 *   plane computed, and drawn, and of distances to the nearest zero; and the longest time in which the page could not
 *   draw meanwhile
 */
export async function measure(program, data, size) {
  const settings = { optimizer: "Adam", learningRate: 1e-3, precision: "float64", steps: 2000 };
  const plane = makePlane({ kind: "normalized", seed: 0, biasRule: "joint", centre: data.textbook }, data, []);
  const axis = (points) => Float64Array.from({ length: points }, (_, i) => -1.5 + (3 * i) / (points - 1));
  const starts = kerasStarts(size.starts, 0);
  const found = {};
  const run = () => trainPath(starts.subarray(0, 9), settings, data);
  found.run = fastest(run, 5);
  found.runInFloat32 = fastest(() => trainPath(starts.subarray(0, 9), { ...settings, precision: "float32" }, data), 5);
  found.plane = fastest(() => evaluatePlane(plane, axis(size.points), axis(size.points)), 5);
  found.planeDrawn = fastest(() => drawn(plane, axis(size.points), data), 5);
  const pool = makePool(program, data, { workers: size.workers });
  const watch = watchPage();
  await pool.manyStarts({ starts: starts.subarray(0, 9), settings }, () => {}).done; // workers have started
  found.manyStarts = await timed(() =>
    pool.manyStarts({ starts, settings: { ...settings, steps: 5000 } }, () => {}),
  );
  const side = axis(size.side), begin = performance.now();
  found.basinMap = await timed(() =>
    pool.basinMap({ plane, alpha: side, beta: side, settings: { ...settings, learningRate: 1e-2 } }, () => {
      found.firstRow ??= performance.now() - begin;
    }),
  );
  found.distances = await timed(() => pool.distances({ thetas: starts.subarray(0, 9 * size.thetas) }, () => {}));
  found.longestPause = watch();
  pool.close();
  return found;
}

/** Compute and draw a plane; reading a pixel waits until the picture is there. */
function drawn(plane, axis, data) {
  const [width, height] = [640, 480];
  const context = new OffscreenCanvas(width, height).getContext("2d");
  const model = { alpha: axis, beta: axis, loss: evaluatePlane(plane, axis, axis) };
  const kinks = kinkLines(plane, [axis[0], axis.at(-1), axis[0], axis.at(-1)], data);
  Object.assign(model, { color: "loss", kinks, runs: [], start: [0, 0], marks: [], labels: plane.labels });
  const pen = makeCanvasPen(context, width, height);
  drawPlane(pen, model, { width, height }, makeLook(data.look, "light"), makeTexts("en"));
  context.getImageData(0, 0, 1, 1);
}

function fastest(call, times) {
  let least = Infinity;
  for (let k = 0; k < times; k++) {
    const begin = performance.now();
    call();
    least = Math.min(least, performance.now() - begin);
  }
  return least;
}

async function timed(begin) {
  const from = performance.now();
  await begin().done;
  return performance.now() - from;
}

/** Watch how long the page's own thread is busy at a time; the function returned tells the longest. */
function watchPage() {
  let longest = 0, before = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - before);
    before = performance.now();
  }, 4);
  return () => {
    clearInterval(timer);
    return longest;
  };
}
