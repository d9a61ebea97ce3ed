/** The plane that a state asks for: directions, range, loss on a grid, and the runs seen in it. */

import { makePlane } from "../../core/directions.js";
import { NoSuchPlane, coordinatesOf, evaluatePlane } from "../../core/plane.js";
import { kinkLines } from "../../core/regions.js";
import { defaultState, isThroughPoints } from "./state.js";

/** Points of the loss along each axis. */
const GRID = 201;
const DEFAULT_REACH = { normalized: 1.5, random: 1.5, coordinates: 1.5, bowl: 1, valley: 1 };

/** Return a function that returns what `compute` does, again only when the key changes. */
function remembered(compute) {
  let key;
  let value;
  return (nowKey, ...inputs) => {
    if (nowKey !== key) {
      value = compute(...inputs);
      key = nowKey;
    }
    return value;
  };
}

/**
 * Return a function (spec, runs, isDragged) -> {key, plane, range, alpha, beta, loss, kinks}.
 *
 * With `isDragged`, a plane that follows the runs stays where it was, so that it does not turn under the pointer.
 */
export function makePlanes(data) {
  const planeOf = remembered((spec, runs) => makePlane(spec, data, runs.map((run) => run.shownPath)));
  const surfaceOf = remembered((key, plane, range) => {
    const alpha = grid(range[0], range[1], GRID);
    const beta = grid(range[2], range[3], GRID);
    const loss = evaluatePlane(plane, alpha, beta);
    return { key, plane, range, alpha, beta, loss, kinks: kinkLines(plane, range, data) };
  });
  let last;
  const defaultPlane = () => {
    const { plane: spec } = defaultState(data);
    return surfaceOf("default", "default", makePlane(spec, data, []), automaticRange(null, spec, []));
  };
  return (spec, runs, isDragged) => {
    const follows = spec.kind === "principal" || (spec.range === null && isThroughPoints(spec));
    if (isDragged && follows && last) return last;
    const { range, ...rest } = spec;
    const key = JSON.stringify([rest, follows ? runs.map((run) => run.key) : null]);
    let plane;
    try {
      plane = planeOf(key, spec, runs);
    } catch (problem) {
      if (!(problem instanceof NoSuchPlane)) throw problem;
      // Such as three points on one line. The plane stays where it was, and says why.
      last = { ...(last ?? defaultPlane()), problem: problem.message };
      return last;
    }
    const found = range ?? automaticRange(plane, spec, runs);
    last = surfaceOf(key + JSON.stringify(found), key + JSON.stringify(found), plane, found);
    return last;
  };
}

/** Range [a0, a1, b0, b1] that shows the plane's points, and all of the runs where the plane is made for them. */
function automaticRange(plane, spec, runs) {
  const reach = DEFAULT_REACH[spec.kind];
  if (reach) return [-reach, reach, -reach, reach];
  const thetas = isThroughPoints(spec) ? [Float64Array.from(spec.points.flat())] : runs.map((run) => run.shownPath);
  const box = [0, 0, 0, 0];
  for (const theta of thetas) {
    const { coordinates } = coordinatesOf(plane, theta);
    for (let i = 0; i < coordinates.length; i += 2) {
      for (const axis of [0, 1]) {
        const value = coordinates[i + axis];
        if (!Number.isFinite(value) || Math.abs(value) > 1e3) continue;
        box[2 * axis] = Math.min(box[2 * axis], value);
        box[2 * axis + 1] = Math.max(box[2 * axis + 1], value);
      }
    }
  }
  const half = 0.65 * Math.max(box[1] - box[0], box[3] - box[2], 1e-3);
  const [a, b] = [(box[0] + box[1]) / 2, (box[2] + box[3]) / 2];
  return [a - half, a + half, b - half, b + half].map((value) => Number(value.toPrecision(4)));
}

/** `count` numbers from low to high, the ends exact, as numpy's linspace forms them. */
export function grid(low, high, count) {
  const step = (high - low) / (count - 1);
  const values = Float64Array.from({ length: count }, (_, i) => low + i * step);
  values[count - 1] = high;
  return values;
}
