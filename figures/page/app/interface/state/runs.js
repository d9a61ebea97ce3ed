/** Runs of training: computed once for a start and settings, and described. */

import { describeRun } from "../../core/outcome.js";
import { trainPath } from "../../core/training.js";

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

/** Run {key, start, settings, path, thetaAt(step), description, steps, toTextbook}; the last three when first used. */
function makeRun(key, start, settings, data) {
  const path = trainPath(Float64Array.from(start), settings, data);
  const once = {};
  const lazily = (name, compute) => (once[name] ??= compute());
  return {
    key,
    start,
    settings,
    path,
    thetaAt: (step) => path.theta.subarray(9 * step, 9 * step + 9),
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

/** Euclidean distance of two points of nine parameters. */
export function distance(a, b) {
  let sum = 0;
  for (let i = 0; i < 9; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}

/** Points of a run at a few steps, as one array of k points, nine numbers each. */
export function thetasAt(run, steps) {
  const thetas = new Float64Array(9 * steps.length);
  steps.forEach((step, index) => thetas.set(run.thetaAt(step), 9 * index));
  return thetas;
}

/** Number of steps before the parameters are no longer finite. */
export function finiteSteps(path) {
  const { theta } = path;
  let points = theta.length / 9;
  while (points > 1 && !theta.subarray(9 * points - 9, 9 * points).every(Number.isFinite)) points -= 1;
  return points - 1;
}
