/** Runs of training: computed once for a start and settings, and described. */

import { distance } from "../../core/numbers/vectors.js";
import { describeRun } from "../../core/outcome.js";
import { trainPath } from "../../core/training.js";

/** Parameters larger than this belong to a run that diverges; as a start, the page refuses them, too. */
export const LARGEST = 1e6;

/** Runs that are remembered: those shown, at most seven, and some to go back to. */
const RUNS_REMEMBERED = 24;

/** Return a function run(start, settings) that remembers the last runs; see `makeRun` for what it returns. */
export function makeRuns(data) {
  const known = new Map();
  return (start, settings) => {
    const key = JSON.stringify([start, settings]);
    const run = known.get(key) ?? makeRun(key, start, settings, data);
    known.delete(key);
    known.set(key, run);
    if (known.size > RUNS_REMEMBERED) known.delete(known.keys().next().value);
    return run;
  };
}

/**
 * Run {key, start, settings, path, lastShown, shownPath, thetaAt(step), loss, description, steps, toTextbook}; the last
 * four when first used. After the step `lastShown` a run that diverges is shown where it was then, and has no loss.
 */
function makeRun(key, start, settings, data) {
  const path = trainPath(Float64Array.from(start), settings, data);
  const lastShown = lastStepWithin(path.theta, LARGEST);
  const once = {};
  const lazily = (name, compute) => (once[name] ??= compute());
  return {
    key,
    start,
    settings,
    path,
    lastShown,
    shownPath: path.theta.subarray(0, 9 * (lastShown + 1)),
    thetaAt(step) {
      const first = 9 * Math.min(step, lastShown);
      return path.theta.subarray(first, first + 9);
    },
    get loss() {
      return lazily("loss", () => path.loss.map((value, step) => (step <= lastShown ? value : NaN)));
    },
    get description() {
      return lazily("description", () => describeRun(path, settings, data));
    },
    get steps() {
      return lazily("steps", () => spreadSteps(settings.steps, 160));
    },
    get toTextbook() {
      return lazily("toTextbook", () => ({
        step: this.steps,
        value: Float64Array.from(this.steps, (step) => distance(this.thetaAt(step), data.textbook)),
      }));
    },
  };
}

/** Whole numbers from 0 to last, evenly spread on a log scale, at most `count` beside 0. */
export function spreadSteps(last, count) {
  const steps = new Set([0]);
  for (let i = 0; i < count; i++) steps.add(Math.round(last ** (i / (count - 1))));
  steps.add(last);
  return [...steps].sort((a, b) => a - b);
}

/** Points of a run at a few steps, as one array of k points, nine numbers each. */
export function thetasAt(run, steps) {
  const thetas = new Float64Array(9 * steps.length);
  steps.forEach((step, index) => thetas.set(run.thetaAt(step), 9 * index));
  return thetas;
}

/** The last step up to which all parameters (9 r) are finite and at most `largest` in size; at least the start, 0. */
export function lastStepWithin(theta, largest) {
  const isOutside = (value) => !(Math.abs(value) <= largest);
  const first = theta.subarray(9).findIndex(isOutside);
  return first < 0 ? theta.length / 9 - 1 : Math.floor(first / 9);
}
