/** Confidence intervals of proportions. */

/** Normal quantile of 0.975, as Python computes it. */
const Z = 1.9599639845400536;

/**
 * The Wilson 95 % interval of k successes out of n, as landscape.base.intervals.wilson.
 * @param {number} k
 * @param {number} n at least 1
 * @returns {[number, number]}
 */
export function wilsonInterval(k, n) {
  const middle = k + Z ** 2 / 2;
  const half = Z * Math.sqrt((k * (n - k)) / n + Z ** 2 / 4);
  return [k === 0 ? 0 : (middle - half) / (n + Z ** 2), k === n ? 1 : (middle + half) / (n + Z ** 2)];
}
