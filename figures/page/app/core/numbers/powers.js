/**
 * Powers beta^t that round as Python's do.
 *
 * `Math.pow` may be wrong in the last bits. Here powers are carried along in double-double arithmetic and then rounded
 * correctly; Python tells at which t its own power, which is the C library's, is one unit in the last place off.
 */

const SPLIT = 2 ** 27 + 1;

/** Powers below this change nothing in 1 - beta^t. */
const NEGLIGIBLE = 2 ** -60;

/**
 * @param {number} beta between 0 and 1
 * @param {number} count
 * @param {number[]} exceptions t at which Python's power is the next larger number, -t where the next smaller one
 * @param {"float64"|"float32"} precision to which it is rounded
 * @returns {Float64Array} beta^1 ... beta^count; 0 instead of negligible ones
 */
export function powers(beta, count, exceptions, precision) {
  const found = new Float64Array(count);
  const bigBeta = head(beta), smallBeta = beta - bigBeta;
  let high = 1, low = 0;
  for (let t = 0; t < count && high >= NEGLIGIBLE; t++) {
    const product = high * beta, big = head(high), small = high - big;
    const error = big * bigBeta - product + big * smallBeta + small * bigBeta + small * smallBeta + low * beta;
    high = product + error;
    low = error - (high - product);
    found[t] = precision === "float32" ? Math.fround(high) : high;
  }
  for (const t of exceptions) {
    if (Math.abs(t) <= count) found[Math.abs(t) - 1] = neighbour(found[Math.abs(t) - 1], Math.sign(t), precision);
  }
  return found;
}

function head(x) {
  const scaled = SPLIT * x;
  return scaled - (scaled - x);
}

/** The next number of the precision above (step 1) or below (step -1) a positive number. */
function neighbour(x, step, precision) {
  if (precision === "float32") {
    const bits = new Uint32Array(Float32Array.of(x).buffer);
    bits[0] += step;
    return new Float32Array(bits.buffer)[0];
  }
  const bits = new BigInt64Array(Float64Array.of(x).buffer);
  bits[0] += BigInt(step);
  return new Float64Array(bits.buffer)[0];
}
