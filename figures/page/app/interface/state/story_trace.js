/** What the story draws on the plane besides: a circle around the textbook weights, or a path between solutions. */

import { distance } from "../../core/numbers/vectors.js";
import { traceOf } from "../../story/story.js";
import { seenInPlane } from "./projection.js";

const AROUND = 180;
const PER_STRETCH = 24;

/**
 * Return the line that the answer of the question speaks of as the plane shows it, or null.
 * @returns {{points: Float64Array, distance: Float64Array, label: {key: string, values: object}} | null} points
 *   [a0, b0, a1, b1, ...] in coordinates of the plane, and how far each is from it
 */
export function storyTrace({ plane, state }, data) {
  const trace = traceOf(data, state.story);
  if (!trace || plane.problem) return null;
  if (trace.path) return projected(trace, plane.plane);
  const { kind, centre } = state.plane;
  if (kind !== "normalized" || distance(centre, data.textbook) > 1e-9) return null; // its radius is told of no other
  const { radius } = trace;
  const points = Float64Array.from({ length: 2 * (AROUND + 1) }, (_, k) => {
    const angle = (2 * Math.PI * (k >> 1)) / AROUND;
    return radius * (k % 2 ? Math.sin(angle) : Math.cos(angle));
  });
  return { points, distance: new Float64Array(AROUND + 1), label: { key: "view.trace.circle", values: { radius } } };
}

/** The path as a plane shows it, by its nearest points there. */
function projected({ path, level }, plane) {
  const theta = Float64Array.from(stretches(path).flat());
  const { coordinates, distance: away } = seenInPlane(plane, { path: { theta }, lastShown: theta.length / 9 - 1 });
  return { points: coordinates, distance: away, label: { key: "view.trace.path", values: { level } } };
}

/** Points along a path that is straight between its corners. */
function stretches(corners) {
  const found = [corners[0]];
  for (let k = 1; k < corners.length; k++) {
    for (let i = 1; i <= PER_STRETCH; i++) {
      const t = i / PER_STRETCH;
      found.push(corners[k].map((to, j) => (1 - t) * corners[k - 1][j] + t * to));
    }
  }
  return found;
}
