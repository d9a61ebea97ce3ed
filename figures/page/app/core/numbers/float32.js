/**
 * Arithmetic in float32 as processors do it in training: rounded after every operation, subnormal results to 0.
 *
 * Sums, products, quotients and roots of float32 numbers, computed in float64 and then rounded, are rounded correctly.
 */

const SMALLEST = 2 ** -126;

/**
 * Round to float32; results too small for a normal number are 0.
 * @param {number} x
 * @returns {number}
 */
export function flushed(x) {
  const y = Math.fround(x);
  return y < SMALLEST && y > -SMALLEST ? 0 : y;
}

/**
 * a b + c in float32 with one rounding.
 *
 * The product is exact in float64, but the sum is rounded there first. Only where that rounds it to the middle between
 * two float32 numbers can the second rounding go wrong.
 */
export function multiplyAdd(a, b, c) {
  const product = a * b;
  const sum = product + c;
  const y = Math.fround(sum);
  const rest = sum - y;
  if (rest !== 0 && Math.fround(y + 2 * rest) === y + 2 * rest) return fromMiddle(product, c, sum, y, rest);
  return y < SMALLEST && y > -SMALLEST ? 0 : y;
}

function fromMiddle(product, c, sum, y, rest) {
  const part = sum - product;
  const error = product - (sum - part) + (c - part);
  const exact = error === 0 || !Number.isFinite(rest);
  return flushed(exact || error > 0 !== rest > 0 ? y : y + 2 * rest);
}
