/** The pieces of long computations, the same in a worker and on the page itself. */

import { assignLevels } from "../core/levels.js";
import { pointAt } from "../core/plane.js";
import { trainEnds } from "../core/training.js";
import { distanceToZero } from "../core/zeros/zero_distance.js";

/** Updates in a piece: a few hundredths of a second. */
const STEPS_IN_PIECE = 200_000;

/** Thetas in a piece of distances, which take longer. */
const THETAS_IN_PIECE = 8;

/**
 * Each kind of task: how it is divided, and how a piece is computed.
 * pieces(job): list of pieces in the order in which they should be computed
 * compute(piece, job, data): plain result with typed arrays
 */
export const TASKS = {
  basinMap: {
    pieces: ({ beta }) => fromCoarseToFine(beta.length).map((row) => ({ firstRow: row, rows: 1 })),
    compute({ firstRow, rows }, { plane, alpha, beta, settings }, data) {
      const starts = new Float64Array(9 * rows * alpha.length);
      for (let j = 0; j < rows; j++) {
        for (let i = 0; i < alpha.length; i++) {
          starts.set(pointAt(plane, alpha[i], beta[firstRow + j]), 9 * (j * alpha.length + i));
        }
      }
      return { firstRow, rows, level: assignLevels(trainEnds(starts, settings, data), data) };
    },
  },
  manyStarts: {
    pieces: ({ starts, settings }) =>
      ranges(starts.length / 9, Math.max(1, Math.floor(STEPS_IN_PIECE / Math.max(settings.steps, 1)))),
    compute({ first, count }, { starts, settings }, data) {
      const ends = trainEnds(starts.subarray(9 * first, 9 * (first + count)), settings, data);
      return { first, level: assignLevels(ends, data), ends };
    },
  },
  distances: {
    pieces: ({ thetas }) => ranges(thetas.length / 9, THETAS_IN_PIECE),
    compute({ first, count }, { thetas }, data) {
      const distance = new Float64Array(count);
      for (let k = 0; k < count; k++) {
        distance[k] = distanceToZero(thetas.subarray(9 * (first + k), 9 * (first + k + 1)), data);
      }
      return { first, distance };
    },
  },
};

function ranges(total, size) {
  const found = [];
  for (let first = 0; first < total; first += size) found.push({ first, count: Math.min(size, total - first) });
  return found;
}

/** All rows: every eighth first, then those between them, and so on, so that a map is seen as a whole early. */
function fromCoarseToFine(rows) {
  const found = [];
  const add = (begin, stride) => {
    for (let row = begin; row < rows; row += stride) found.push(row);
  };
  add(0, 8);
  for (const begin of [4, 2, 1]) add(begin, 2 * begin);
  return found;
}
