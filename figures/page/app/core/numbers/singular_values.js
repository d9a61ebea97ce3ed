/** Singular values and right singular vectors of centred points with nine parameters. */

import { dot, norm, plus, times } from "./vectors.js";

const N = 9;

/**
 * A square matrix with the principal components of the points minus their mean: R of a QR decomposition.
 * @param {Float64Array} thetas (9 k)
 * @returns {Float64Array[]} nine columns of nine entries
 */
export function triangleOf(thetas) {
  const count = thetas.length / N;
  const columns = Array.from({ length: N }, (_, k) => {
    const column = Float64Array.from({ length: count }, (__, i) => thetas[N * i + k]);
    const mean = column.reduce((sum, x) => sum + x, 0) / count;
    return column.map((x) => x - mean);
  });
  const rows = Math.min(N, count);
  for (let k = 0; k < rows; k++) reflect(columns, k);
  return columns.map((column, k) => Float64Array.from({ length: N }, (_, i) => (i <= k && i < count ? column[i] : 0)));
}

/** Householder's reflection that makes the entries of column k below k zero. */
function reflect(columns, k) {
  const mirror = columns[k].slice(k);
  const size = norm(mirror);
  if (size === 0) return;
  mirror[0] += mirror[0] > 0 ? size : -size;
  const square = dot(mirror, mirror);
  for (let j = k; j < columns.length; j++) {
    const part = columns[j].subarray(k);
    const factor = (2 * dot(mirror, part)) / square;
    for (let i = 0; i < part.length; i++) part[i] -= factor * mirror[i];
  }
}

/**
 * Jacobi's method on the columns: rotate pairs until all are orthogonal. Small singular values stay accurate.
 * @param {Float64Array[]} matrix columns
 * @returns {{sizes: number[], axes: Float64Array[]}} singular values, descending, and the right singular vectors
 */
export function singularValues(matrix) {
  const columns = matrix.map((column) => column.slice());
  const axes = columns.map((_, k) => Float64Array.from({ length: N }, (__, i) => (i === k ? 1 : 0)));
  for (let sweep = 0, turned = true; turned && sweep < 60; sweep++) {
    turned = false;
    for (let i = 0; i < N; i++) {
      for (let j = i + 1; j < N; j++) {
        const a = dot(columns[i], columns[i]), b = dot(columns[j], columns[j]), c = dot(columns[i], columns[j]);
        if (Math.abs(c) <= 1e-17 * Math.sqrt(a * b) || c === 0) continue;
        turned ||= Math.abs(c) > 1e-15 * Math.sqrt(a * b);
        const zeta = (b - a) / (2 * c);
        const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        const cosine = 1 / Math.hypot(1, tangent), sine = cosine * tangent;
        rotate(columns, i, j, cosine, sine);
        rotate(axes, i, j, cosine, sine);
      }
    }
  }
  // The right singular vectors: the rotations that made the columns orthogonal, one for each column.
  const order = columns.map((column, k) => [norm(column), k]).sort((x, y) => y[0] - x[0]);
  return { sizes: order.map(([size]) => size), axes: order.map(([, k]) => axes[k]) };
}

function rotate(vectors, i, j, cosine, sine) {
  const first = plus(times(vectors[i], cosine), vectors[j], -sine);
  vectors[j] = plus(times(vectors[j], cosine), vectors[i], sine);
  vectors[i] = first;
}
