/**
 * Training of the network, step by step as the compiled training of `landscape`: the same numbers to the last bit.
 *
 * A state holds theta, then the first and the second state value of the optimizer: Float64Array(27). In float32 it
 * holds float32 numbers.
 */

import { flushed } from "./numbers/float32.js";
import { gradientInFloat32, gradientInFloat64, loss, recordedLoss } from "./network.js";
import { constants, rates } from "./optimizers.js";

/** Every so many steps float64 moments that are too small are set to 0; in float32 at every step. */
const FLUSH_EVERY = 32;

const LEAST = { float64: 1e4 * 2 ** -1022, float32: Math.fround(1e4 * 2 ** -126) };

/**
 * The path of one run.
 * @param {ArrayLike<number>} start (9,)
 * @param {{optimizer: string, learningRate: number, momentum?: number, precision: string, steps: number}} settings
 * @param {object} data from Python
 * @returns {{theta: Float64Array, loss: Float64Array, state: Float64Array}} thetas (9 (steps + 1)), row after row;
 *   losses (steps + 1); theta and the optimizer's state values after the last step (27)
 */
export function trainPath(start, settings, data) {
  const { steps, precision } = settings;
  const run = makeRun(settings, data);
  const state = firstState(start, 0, precision);
  const theta = new Float64Array(9 * (steps + 1)), losses = new Float64Array(steps + 1);
  const now = state.subarray(0, 9);
  for (let t = 0; ; t++) {
    theta.set(now, 9 * t);
    losses[t] = precision === "float32" ? loss(now, precision) : recordedLoss(now);
    if (t === steps) return { theta, loss: losses, state };
    run(state, t, t + 1);
  }
}

/**
 * The ends of many runs.
 * @param {Float64Array} starts (9 k)
 * @returns {Float64Array} (9 k)
 */
export function trainEnds(starts, settings, data) {
  const run = makeRun(settings, data);
  const ends = new Float64Array(starts.length);
  for (let first = 0; first < starts.length; first += 9) {
    const state = firstState(starts, first, settings.precision);
    run(state, 0, settings.steps);
    ends.set(state.subarray(0, 9), first);
  }
  return ends;
}

function firstState(starts, first, precision) {
  const state = new Float64Array(27);
  for (let k = 0; k < 9; k++) state[k] = precision === "float32" ? Math.fround(starts[first + k]) : starts[first + k];
  return state;
}

/**
 * A function that advances a state from one step to another.
 * @returns {(state: Float64Array, from: number, to: number) => void}
 */
function makeRun(settings, data) {
  const step = STEPS[settings.precision][settings.optimizer];
  const sizes = rates(settings, data), rule = constants(settings);
  const least = LEAST[settings.precision], every = settings.precision === "float32" ? 1 : FLUSH_EVERY;
  const gradientOf = settings.precision === "float32" ? gradientInFloat32 : gradientInFloat64;
  const g = new Float64Array(9);
  return (state, from, to) => {
    for (let t = from; t < to; t++) {
      gradientOf(state, g);
      step(state, g, sizes[t], rule, t % every ? 0 : least);
    }
  };
}

function adam(s, g, rate, rule, least) {
  const c1 = rule[0], c2 = rule[1], epsilon = rule[2];
  for (let k = 0; k < 9; k++) {
    let m = s[9 + k] + (g[k] - s[9 + k]) * c1;
    if (m < least && m > -least) m = 0;
    const v = s[18 + k] + (g[k] * g[k] - s[18 + k]) * c2;
    s[9 + k] = m;
    s[18 + k] = v;
    s[k] -= (m * rate) / (Math.sqrt(v) + epsilon);
  }
}

function sgd(s, g, rate, rule, least) {
  const momentum = rule[0];
  for (let k = 0; k < 9; k++) {
    let m = s[9 + k] * momentum - g[k] * rate;
    if (m < least && m > -least) m = 0;
    s[9 + k] = m;
    s[k] += m;
  }
}

function rmsprop(s, g, rate, rule, least) {
  const rho = rule[0], rest = rule[1], epsilon = rule[2];
  for (let k = 0; k < 9; k++) {
    let v = s[18 + k] * rho + g[k] * g[k] * rest;
    if (v < least && v > -least) v = 0;
    let m = g[k] * rate * (1 / Math.sqrt(v + epsilon));
    if (m < least && m > -least) m = 0;
    s[18 + k] = v;
    s[9 + k] = m;
    s[k] -= m;
  }
}

function adamInFloat32(s, g, rate, rule, least) {
  const c1 = rule[0], c2 = rule[1], epsilon = rule[2];
  for (let k = 0; k < 9; k++) {
    const before = s[9 + k], second = s[18 + k];
    let m = flushed(before + flushed(flushed(g[k] - before) * c1));
    if (m < least && m > -least) m = 0;
    const v = flushed(second + flushed(flushed(flushed(g[k] * g[k]) - second) * c2));
    s[9 + k] = m;
    s[18 + k] = v;
    s[k] = flushed(s[k] - flushed(flushed(m * rate) / flushed(Math.fround(Math.sqrt(v)) + epsilon)));
  }
}

function sgdInFloat32(s, g, rate, rule, least) {
  const momentum = rule[0];
  for (let k = 0; k < 9; k++) {
    let m = flushed(flushed(s[9 + k] * momentum) - flushed(g[k] * rate));
    if (m < least && m > -least) m = 0;
    s[9 + k] = m;
    s[k] = flushed(s[k] + m);
  }
}

function rmspropInFloat32(s, g, rate, rule, least) {
  const rho = rule[0], rest = rule[1], epsilon = rule[2];
  for (let k = 0; k < 9; k++) {
    let v = flushed(flushed(s[18 + k] * rho) + flushed(flushed(g[k] * g[k]) * rest));
    if (v < least && v > -least) v = 0;
    let m = flushed(flushed(g[k] * rate) * flushed(1 / Math.fround(Math.sqrt(flushed(v + epsilon)))));
    if (m < least && m > -least) m = 0;
    s[18 + k] = v;
    s[9 + k] = m;
    s[k] = flushed(s[k] - m);
  }
}

const STEPS = {
  float64: { Adam: adam, SGD: sgd, RMSprop: rmsprop },
  float32: { Adam: adamInFloat32, SGD: sgdInFloat32, RMSprop: rmspropInFloat32 },
};
