/** Contour lines of values on a grid, by marching squares with linear interpolation along the edges of the cells. */

import { oncePer } from "../core/once.js";

const NONE = -1;

/** Lines by level of an array of values, which stays the same while a start is dragged. */
const linesOf = oncePer(() => new Map());

/**
 * Lines at which values, which must not change afterwards, have a level.
 * @param {ArrayLike<number>} values ny * nx values, row after row; cells with values not finite have no line
 * @param {number} level
 * @returns {Float64Array[]} polylines [i0, j0, i1, j1, ...] in units of the grid, i along a row; closed ones end at
 *   their first point
 */
export function contourLines(values, nx, ny, level) {
  const lines = linesOf(values);
  if (!lines.has(level)) lines.set(level, findLines(values, nx, ny, level));
  return lines.get(level);
}

function findLines(values, nx, ny, level) {
  // Edge k = j * nx + i leads from point (i, j) to the right, edge k + nx * ny from it to the next row. At most one
  // line passes through an edge, so each edge has at most two neighbours along it.
  const size = nx * ny;
  const next = new Int32Array(4 * size).fill(NONE);
  const edges = [];
  const link = (a, b) => {
    if (next[2 * a] === NONE) edges.push(a);
    if (next[2 * b] === NONE) edges.push(b);
    next[next[2 * a] === NONE ? 2 * a : 2 * a + 1] = b;
    next[next[2 * b] === NONE ? 2 * b : 2 * b + 1] = a;
  };
  for (let j = 0; j + 1 < ny; j++) {
    let k = j * nx;
    let left = (values[k] >= level ? 1 : 0) | (values[k + nx] >= level ? 8 : 0);
    for (let i = 0; i + 1 < nx; i++, k++) {
      const right = (values[k + 1] >= level ? 2 : 0) | (values[k + nx + 1] >= level ? 4 : 0);
      const kind = left | right;
      left = (right & 2 ? 1 : 0) | (right & 4 ? 8 : 0);
      if (kind === 0 || kind === 15) continue;
      const sum = values[k] + values[k + 1] + values[k + nx] + values[k + nx + 1];
      if (Number.isFinite(sum)) linkCell(kind, k, k + nx, size + k, size + k + 1, sum / 4 >= level, link);
    }
  }
  return chains(edges, next, values, nx, size, level);
}

/** Join the crossed edges of one cell; `kind` has a bit for each corner that is not below the level. */
function linkCell(kind, bottom, top, left, right, isMeanHigh, link) {
  if (kind === 5 || kind === 10) {
    const cutsOffRight = isMeanHigh === (kind === 5);
    link(bottom, cutsOffRight ? right : left);
    link(top, cutsOffRight ? left : right);
    return;
  }
  const crossesBottom = (kind & 1) !== ((kind >> 1) & 1);
  const crossesRight = ((kind >> 1) & 1) !== ((kind >> 2) & 1);
  const crossesTop = ((kind >> 2) & 1) !== ((kind >> 3) & 1);
  if (crossesBottom && crossesRight) link(bottom, right);
  else if (crossesBottom) link(bottom, crossesTop ? top : left);
  else if (crossesRight) link(right, crossesTop ? top : left);
  else link(top, left);
}

/** Follow the edges along each line, open lines from one of their ends. */
function chains(edges, next, values, nx, size, level) {
  const used = new Uint8Array(2 * size);
  const line = new Float64Array(2 * edges.length + 2);
  const lines = [];
  const follow = (first) => {
    let [n, before, edge] = [0, NONE, first];
    while (edge !== NONE && used[edge] === 0) {
      used[edge] = 1;
      const isUp = edge >= size;
      const k = isUp ? edge - size : edge;
      const share = (level - values[k]) / (values[k + (isUp ? nx : 1)] - values[k]);
      line[n++] = (k % nx) + (isUp ? 0 : share);
      line[n++] = Math.floor(k / nx) + (isUp ? share : 0);
      const onward = next[2 * edge] === before ? next[2 * edge + 1] : next[2 * edge];
      before = edge;
      edge = onward;
    }
    if (edge === first) {
      line[n++] = line[0];
      line[n++] = line[1];
    }
    lines.push(line.slice(0, n));
  };
  for (const edge of edges) if (next[2 * edge + 1] === NONE && used[edge] === 0) follow(edge);
  for (const edge of edges) if (used[edge] === 0) follow(edge);
  return lines;
}
