/** What the story draws on the plane besides: a circle around the textbook weights, or a path between solutions. */

import { pointAt, coordinatesOf } from "../../core/plane.js";
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
  if (trace.path) return seen(plane.plane, stretches(trace.path), "view.trace.path", { level: trace.level });
  const { kind, centre } = state.plane;
  if (kind !== "normalized" || distance(centre, data.textbook) > 1e-9) return null; // its radius is told of no other
  const { coordinates: [a, b] } = coordinatesOf(plane.plane, Float64Array.from(data.textbook));
  const circle = Array.from({ length: AROUND + 1 }, (_, k) => {
    const angle = (2 * Math.PI * k) / AROUND;
    return pointAt(plane.plane, a + trace.radius * Math.cos(angle), b + trace.radius * Math.sin(angle));
  });
  return seen(plane.plane, circle, "view.trace.circle", { radius: trace.radius });
}

function seen(plane, thetas, key, values) {
  const theta = Float64Array.from(thetas.flatMap((one) => [...one]));
  const { coordinates, distance: away } = seenInPlane(plane, { path: { theta }, lastShown: thetas.length - 1 });
  return { points: coordinates, distance: away, label: { key, values } };
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
