/** Gradient methods with the settings of Keras, as in landscape/training/optimizers.py. */

import { powers } from "./numbers/powers.js";

const BETA_1 = 0.9, BETA_2 = 0.999, RHO = 0.9, EPSILON = 1e-7;

/**
 * The step sizes of updates 1..steps, rounded as in training.
 * @param {{optimizer: string, learningRate: number, precision: string, steps: number}} settings
 * @param {{powers: object}} data from Python
 * @returns {Float64Array} (steps,)
 */
export function rates(settings, data) {
  const { optimizer, learningRate, precision, steps } = settings;
  const rounded = rounding(precision);
  const rate = rounded(learningRate);
  const found = new Float64Array(steps).fill(rate);
  if (optimizer !== "Adam") return found;
  const [first, second] = [BETA_1, BETA_2].map((beta) =>
    powers(Math.fround(beta), steps, data.powers[precision][String(beta)], precision),
  );
  for (let t = 0; t < steps; t++) {
    found[t] = rounded(rounded(rate * rounded(Math.sqrt(rounded(1 - second[t])))) / rounded(1 - first[t]));
  }
  return found;
}

/**
 * The constants of a method, rounded as in training; those of no use to it are 0.
 * @returns {Float64Array} (3,)
 */
export function constants(settings) {
  const { optimizer, momentum = 0, precision } = settings;
  const values = {
    Adam: [1 - BETA_1, 1 - BETA_2, EPSILON],
    SGD: [Math.fround(momentum), 0, 0],
    RMSprop: [RHO, 1 - RHO, EPSILON],
  };
  if (!Object.hasOwn(values, optimizer)) throw new Error(`optimizer must be Adam, SGD or RMSprop; got ${optimizer}`);
  return Float64Array.from(values[optimizer], rounding(precision));
}

/** The function that rounds to a precision. */
export function rounding(precision) {
  return precision === "float32" ? Math.fround : Number;
}

/**
 * How far each of the parameters can still move while its gradient stays 0.
 * @param {Float64Array} state (27,) theta and the two state values after the last step
 * @returns {Float64Array} (9,)
 */
export function remainingDrift(settings, state, largestRate) {
  const slack = 1 + 1e-6;
  const momentum = Math.fround(settings.momentum ?? 0);
  const ratio = BETA_1 / BETA_2 ** 0.5;
  return Float64Array.from({ length: 9 }, (_, k) => {
    const first = Math.abs(state[9 + k]);
    if (settings.optimizer === "Adam") {
      return (first * (largestRate * ratio / (1 - ratio))) / (Math.sqrt(state[18 + k]) + EPSILON) * slack;
    }
    return settings.optimizer === "SGD" ? first * (momentum / (1 - momentum)) * slack : 0;
  });
}
