/** Lengths, sums and products of short vectors. */

/** @returns {number} the dot product */
export function dot(a, b) {
  let total = 0;
  for (let k = 0; k < a.length; k++) total += a[k] * b[k];
  return total;
}

/** @returns {number} the power of two at or below the largest |entry|; 1 for zeros */
function magnitude(a) {
  let largest = 0;
  for (const x of a) largest = Math.max(largest, Math.abs(x));
  if (!(largest > 0 && largest < Infinity)) return 1;
  const power = 2 ** Math.floor(Math.log2(largest)); // the logarithm is rounded
  if (power > largest) return power / 2;
  return largest / power >= 2 ? 2 * power : power;
}

/** @returns {number} the Euclidean length, rounded as in landscape.base.norms for up to seven entries */
export function norm(a) {
  const size = magnitude(a);
  let total = 0;
  for (const x of a) total += (x / size) ** 2;
  return Math.sqrt(total) * size;
}

/** @returns {Float64Array} a + factor b */
export function plus(a, b, factor = 1) {
  return Float64Array.from(a, (x, k) => x + factor * b[k]);
}

/** @returns {Float64Array} factor a */
export function times(a, factor) {
  return Float64Array.from(a, (x) => x * factor);
}

/** @returns {Float64Array} the unit vector along a, which is not 0 */
export function unit(a) {
  const size = magnitude(a);
  const scaled = Float64Array.from(a, (x) => x / size);
  const length = norm(scaled);
  return scaled.map((x) => x / length);
}

/** @returns {number} the distance between two points */
export function distance(a, b) {
  return norm(plus(a, b, -1));
}
