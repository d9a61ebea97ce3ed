/**
 * The 2-2-1 ReLU network on the four samples of XOR, operation by operation as in `landscape`.
 *
 * theta = [W1[0,0], W1[0,1], W1[1,0], W1[1,1], b1[0], b1[1], W2[0], W2[1], b2]; W1[i,j] leads from input i to unit j.
 * Products with the inputs, which are 0 or 1, are left out.
 */

import { flushed, multiplyAdd } from "./numbers/float32.js";

/** Names of the parameters, in the order of theta. */
export const PARAMETERS = [
  "W1[0,0]", "W1[0,1]", "W1[1,0]", "W1[1,1]", "b1[0]", "b1[1]", "W2[0,0]", "W2[1,0]", "b2[0]",
];

/** The four inputs. */
export const INPUTS = [[0, 0], [0, 1], [1, 0], [1, 1]];

/** Names of the samples, the digits of their inputs. */
export const SAMPLE_NAMES = INPUTS.map((input) => input.join(""));

/** The four targets. */
export const TARGETS = [0, 1, 1, 0];

const SMALLEST = 2 ** -1022;

/**
 * What the network computes at theta.
 * @param {ArrayLike<number>} theta
 * @returns {{pre: Float64Array, outputs: Float64Array}} pre-activations [2 sample + unit], and the four outputs
 */
export function forward(theta) {
  const pre = new Float64Array(8);
  for (let u = 0; u < 2; u++) {
    const w0 = theta[u], w1 = theta[2 + u], b = theta[4 + u];
    pre[u] = b;
    pre[2 + u] = w1 + b;
    pre[4 + u] = w0 + b;
    pre[6 + u] = w0 + w1 + b;
  }
  const outputs = new Float64Array(4);
  for (let i = 0; i < 4; i++) {
    outputs[i] = relu(pre[2 * i]) * theta[6] + relu(pre[2 * i + 1]) * theta[7] + theta[8];
  }
  return { pre, outputs };
}

function relu(z) {
  return 0 > z ? 0 : z;
}

/**
 * The mean squared error.
 * @param {ArrayLike<number>} theta
 * @param {"float64"|"float32"} [precision] in which every operation is rounded
 * @returns {number}
 */
export function loss(theta, precision = "float64") {
  return precision === "float32" ? lossInFloat32(theta) : lossAt(
    theta[0], theta[1], theta[2], theta[3], theta[4], theta[5], theta[6], theta[7], theta[8],
  );
}

/** The same in float64, of nine numbers. */
export function lossAt(p, q, r, s, b, c, v, w, d) {
  const r0 = relu(b) * v + relu(c) * w + d;
  const r1 = relu(r + b) * v + relu(s + c) * w + d - 1;
  const r2 = relu(p + b) * v + relu(q + c) * w + d - 1;
  const r3 = relu(p + r + b) * v + relu(q + s + c) * w + d;
  return (r0 * r0 + r2 * r2 + (r1 * r1 + r3 * r3)) / 4;
}

/** The same in float64 as recorded in training, where subnormal numbers count as 0. */
export function recordedLoss(theta) {
  const { outputs } = forward(theta);
  const square = (i) => withoutSubnormal((outputs[i] - TARGETS[i]) ** 2);
  return withoutSubnormal((square(0) + square(2) + (square(1) + square(3))) / 4);
}

function withoutSubnormal(x) {
  return x < SMALLEST && x > -SMALLEST ? 0 : x;
}

function lossInFloat32(theta) {
  const t = Float32Array.from(theta);
  let total = 0;
  for (let i = 0; i < 4; i++) {
    const square = flushed(outputInFloat32(t, i) ** 2);
    total = flushed(total + square);
  }
  return flushed(total / 4);
}

function outputInFloat32(t, i) {
  let output = 0;
  for (let u = 0; u < 2; u++) {
    const [x0, x1] = INPUTS[i];
    let z = x0 ? t[u] : 0;
    if (x1) z = x0 ? flushed(z + t[2 + u]) : t[2 + u];
    z = x0 || x1 ? flushed(z + t[4 + u]) : t[4 + u];
    const term = flushed(relu(z) * t[6 + u]);
    output = u ? flushed(output + term) : term;
  }
  return flushed(flushed(output + t[8]) - TARGETS[i]);
}

/** Write the gradient, with relu'(0) = 0, in float64; a state that begins with theta will do as well. */
export function gradientInFloat64(t, g) {
  const p = t[0], q = t[1], r = t[2], s = t[3], b = t[4], c = t[5], v = t[6], w = t[7], d = t[8];
  const z1 = r + b, z2 = p + b, z3 = p + r + b, y1 = s + c, y2 = q + c, y3 = q + s + c;
  const a0 = 0 > b ? 0 : b, a1 = 0 > z1 ? 0 : z1, a2 = 0 > z2 ? 0 : z2, a3 = 0 > z3 ? 0 : z3;
  const e0 = 0 > c ? 0 : c, e1 = 0 > y1 ? 0 : y1, e2 = 0 > y2 ? 0 : y2, e3 = 0 > y3 ? 0 : y3;
  const r0 = (a0 * v + e0 * w + d) * 0.5, r1 = (a1 * v + e1 * w + d - 1) * 0.5;
  const r2 = (a2 * v + e2 * w + d - 1) * 0.5, r3 = (a3 * v + e3 * w + d) * 0.5;
  const d0 = a0 > 0 ? r0 * v : 0, d1 = a1 > 0 ? r1 * v : 0, d2 = a2 > 0 ? r2 * v : 0, d3 = a3 > 0 ? r3 * v : 0;
  const f0 = e0 > 0 ? r0 * w : 0, f1 = e1 > 0 ? r1 * w : 0, f2 = e2 > 0 ? r2 * w : 0, f3 = e3 > 0 ? r3 * w : 0;
  g[0] = d2 + d3;
  g[1] = f2 + f3;
  g[2] = d1 + d3;
  g[3] = f1 + f3;
  g[4] = d0 + d1 + d2 + d3;
  g[5] = f0 + f1 + f2 + f3;
  g[6] = a0 * r0 + a1 * r1 + a2 * r2 + a3 * r3;
  g[7] = e0 * r0 + e1 * r1 + e2 * r2 + e3 * r3;
  g[8] = r0 + r2 + (r1 + r3);
}

/** Write the gradient in float32; the gradient of W2 is summed by fused multiply-adds, all others one by one. */
export function gradientInFloat32(t, g) {
  const d = Math.fround(t[8]), v = Math.fround(t[6]), w = Math.fround(t[7]);
  const p = Math.fround(t[0]), q = Math.fround(t[1]), r = Math.fround(t[2]), s = Math.fround(t[3]);
  const b = Math.fround(t[4]), c = Math.fround(t[5]);
  const z1 = flushed(r + b), z2 = flushed(p + b), z3 = flushed(flushed(p + r) + b);
  const y1 = flushed(s + c), y2 = flushed(q + c), y3 = flushed(flushed(q + s) + c);
  const a0 = 0 > b ? 0 : b, a1 = 0 > z1 ? 0 : z1, a2 = 0 > z2 ? 0 : z2, a3 = 0 > z3 ? 0 : z3;
  const e0 = 0 > c ? 0 : c, e1 = 0 > y1 ? 0 : y1, e2 = 0 > y2 ? 0 : y2, e3 = 0 > y3 ? 0 : y3;
  const r0 = residual(a0, e0, v, w, d, 0), r1 = residual(a1, e1, v, w, d, 1);
  const r2 = residual(a2, e2, v, w, d, 1), r3 = residual(a3, e3, v, w, d, 0);
  const d0 = a0 > 0 ? flushed(r0 * v) : 0, d1 = a1 > 0 ? flushed(r1 * v) : 0;
  const d2 = a2 > 0 ? flushed(r2 * v) : 0, d3 = a3 > 0 ? flushed(r3 * v) : 0;
  const f0 = e0 > 0 ? flushed(r0 * w) : 0, f1 = e1 > 0 ? flushed(r1 * w) : 0;
  const f2 = e2 > 0 ? flushed(r2 * w) : 0, f3 = e3 > 0 ? flushed(r3 * w) : 0;
  g[0] = flushed(d2 + d3);
  g[1] = flushed(f2 + f3);
  g[2] = flushed(d1 + d3);
  g[3] = flushed(f1 + f3);
  g[4] = flushed(flushed(flushed(d0 + d1) + d2) + d3);
  g[5] = flushed(flushed(flushed(f0 + f1) + f2) + f3);
  g[6] = multiplyAdd(a3, r3, multiplyAdd(a2, r2, multiplyAdd(a1, r1, flushed(a0 * r0))));
  g[7] = multiplyAdd(e3, r3, multiplyAdd(e2, r2, multiplyAdd(e1, r1, flushed(e0 * r0))));
  g[8] = flushed(flushed(flushed(r0 + r1) + r2) + r3);
}

function residual(a, e, v, w, d, target) {
  const output = flushed(flushed(flushed(a * v) + flushed(e * w)) + d);
  return flushed(flushed(output - target) * 0.5);
}
