/** The planes that the page can show, and filter normalization as in landscape.planes. */

import { NoSuchPlane, areParallel, orthogonalize, planeThrough, principalPlane } from "./plane.js";
import { PARAMETERS } from "./network.js";
import { norm, plus, times, unit } from "./numbers/vectors.js";

/** How filter normalization treats biases. */
export const BIAS_RULES = ["joint", "ignore", "copy", "separate"];

const BIASES = [4, 5, 8];

/** Indices that are rescaled together: the filters of the two hidden units and of the output unit, and their biases. */
const GROUPS = {
  joint: [[0, 2, 4], [1, 3, 5], [6, 7, 8]],
  ignore: [[0, 2], [1, 3], [6, 7]],
  copy: [[0, 2], [1, 3], [6, 7]],
  separate: [[0, 2], [1, 3], [4, 5], [6, 7], [8]],
};

/**
 * A direction with every filter rescaled to its norm in the reference; a filter that is 0 there is 0 in the result.
 * @param {ArrayLike<number>} direction (9,)
 * @param {ArrayLike<number>} reference (9,)
 * @param {"joint"|"ignore"|"copy"|"separate"} bias
 * @returns {Float64Array} (9,)
 */
function filterNormalize(direction, reference, bias) {
  if (!Object.hasOwn(GROUPS, bias)) throw new Error(`bias rule must be one of ${BIAS_RULES.join(", ")}; got ${bias}`);
  const result = new Float64Array(9);
  for (const group of GROUPS[bias]) {
    const [given, target] = [direction, reference].map((v) => Float64Array.from(group, (k) => v[k]));
    if (!target.some((x) => x !== 0)) continue;
    const scaled = times(unit(given), norm(target));
    group.forEach((k, j) => (result[k] = scaled[j]));
  }
  if (bias === "copy") for (const k of BIASES) result[k] = reference[k];
  return result;
}

/**
 * The plane that a specification asks for.
 * @param {{kind: string, seed?: number, biasRule?: string, orthogonal?: boolean, axes?: [number, number],
 *   centre: number[], points?: number[][]}} spec see state.plane
 * @param {object} data from Python
 * @param {Float64Array[]} runs paths (9 r) of the current runs, for the principal plane
 * @returns {{origin: Float64Array, d1: Float64Array, d2: Float64Array, frozen: number[],
 *   labels: {x: {key: string, values: object}, y: {key: string, values: object}},
 *   share?: [number, number], marks?: [number, number][]}} frozen: parameters that do not change on the plane;
 *   share: of the variance of the runs along each axis; marks: coordinates of the three points
 */
export function makePlane(spec, data, runs) {
  const made = MAKERS[spec.kind];
  if (!made) throw new Error(`kind of plane must be one of ${Object.keys(MAKERS).join(", ")}; got ${spec.kind}`);
  const plane = made(spec, data, runs);
  const frozen = PARAMETERS.flatMap((_, k) => (plane.d1[k] === 0 && plane.d2[k] === 0 ? [k] : []));
  return { ...plane, origin: Float64Array.from(plane.origin), frozen };
}

const MAKERS = {
  random: (spec, data) => random(spec, data, false),
  normalized: (spec, data) => random(spec, data, true),
  coordinates: (spec) => along(spec.centre, ...spec.axes),
  bowl: (spec, data) => along(data.textbook, 4, 5),
  valley: (spec, data) => along(data.textbook, 4, 8),
  principal: (spec, data, runs) => {
    const all = new Float64Array(runs.reduce((size, path) => size + path.length, 0));
    let place = 0;
    for (const path of runs) {
      all.set(path, place);
      place += path.length;
    }
    const plane = principalPlane(all, spec.centre);
    return { ...plane, labels: labels("axes.principal", ...plane.share.map((share, k) => ({ number: k + 1, share }))) };
  },
  spanned: (spec) => {
    const [origin, q, r] = spec.points;
    const [d1, d2] = [q, r].map((point) => plus(point, origin, -1));
    if (areParallel(d1, d2)) throw new NoSuchPlane("three points on one line lie on many planes; move one of them");
    return { origin, d1, d2, labels: labels("axes.points", { number: 1 }, { number: 2 }) };
  },
  points: (spec) => {
    const [p, q, r] = spec.points;
    const plane = planeThrough(p, q, r);
    const marks = [[0, 0], [1, 0], plane.third];
    return { ...plane, marks, labels: labels("axes.points", { number: 1 }, { number: 2 }) };
  },
};

function random(spec, data, isNormalized) {
  const drawn = data.seeds[spec.seed];
  if (!drawn) throw new Error(`seed must be one of ${Object.keys(data.seeds).join(", ")}; got ${spec.seed}`);
  let [d1, d2] = [drawn.d1, drawn.d2].map((d) =>
    isNormalized ? filterNormalize(d, spec.centre, spec.biasRule ?? "joint") : Float64Array.from(d),
  );
  if (areParallel(d1, d2)) {
    throw new NoSuchPlane("the centre has too few filters other than 0 under this bias rule; move it");
  }
  if (spec.orthogonal) d2 = orthogonalize(d2, d1);
  const key = isNormalized ? "axes.normalized" : "axes.random";
  return { origin: spec.centre, d1, d2, labels: labels(key, { number: 1 }, { number: 2 }) };
}

function along(origin, first, second) {
  if (first === second) throw new Error(`axes must be two parameters; got ${PARAMETERS[first]} twice`);
  const [d1, d2] = [first, second].map((k) => Float64Array.from({ length: 9 }, (_, j) => (j === k ? 1 : 0)));
  const [x, y] = [first, second].map((k) => ({ name: { key: `parameter.${k}` } }));
  return { origin, d1, d2, labels: labels("axes.parameter", x, y) };
}

function labels(key, x, y) {
  return { x: { key, values: x }, y: { key, values: y } };
}
