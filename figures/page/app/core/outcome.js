/** What a run ended in, or what kind of point a theta is, by the rules of landscape.analysis.outcomes. */

import { levelOf, nearestConfiguration, stationaryKinds, tablesOf } from "./levels.js";
import { forward, loss, TARGETS } from "./network.js";
import { remainingDrift, rounding } from "./optimizers.js";
import { distance } from "./numbers/vectors.js";

/** A run whose loss grew by this factor and still grows has diverged. */
const DIVERGED = 1e6;

/** Units in the last place by which rounding may shift a pre-activation. */
const SLACK = 1e4;

const ROUNDING = { float64: 2 ** -52, float32: 2 ** -23 };

/**
 * @param {Float64Array} theta (9,)
 * @param {object} data from Python
 * @returns {{status: "solved"|"trapped"|"held"|null, level: number, kind: "minimum"|"saddle"|"held"|null,
 *   outputs: number[], right: boolean[], fitted: object|null, distanceToTextbook: number, loss: number}}
 *   status: null on no level; level: index into data.levels, -1 on none; right: classes at threshold 1/2;
 *   fitted: see fittedOutputs
 */
export function describePoint(theta, data) {
  const tables = tablesOf(data);
  const level = levelOf(theta, tables);
  const [kind] = stationaryKinds(theta, [level], data);
  const outputs = Array.from(forward(theta).outputs);
  return {
    status: statusOf(level, kind, data),
    level,
    kind,
    outputs,
    right: rightSamples(outputs),
    fitted: level < 0 ? null : fittedOutputs(outputs, level, tables),
    distanceToTextbook: distance(theta, data.textbook),
    loss: loss(theta),
  };
}

/** @returns {boolean[]} for each sample whether it is classified right: as 1 from an output of 1/2 on */
export function rightSamples(outputs) {
  return TARGETS.map((target, i) => (outputs[i] >= 0.5 ? 1 : 0) === target);
}

/**
 * How the outputs of a point on a level divide.
 * @returns {{right: number[], mean: {samples: number[], value: [number, number]}|null,
 *   others: {sample: number, value: [number, number]}[]}} samples whose output is exact; samples that share the mean of
 *   their targets; the exact outputs of others
 */
function fittedOutputs(outputs, level, tables) {
  const row = tables.configurations[nearestConfiguration(outputs, level, tables)];
  const samples = [0, 1, 2, 3];
  const right = samples.filter((i) => row[i][0] === TARGETS[i] * row[i][1]);
  const wrong = samples.filter((i) => !right.includes(i));
  const sum = wrong.reduce((total, i) => total + TARGETS[i], 0);
  const shared = wrong.length > 0 && wrong.every((i) => row[i][0] * wrong.length === sum * row[i][1]);
  return {
    right,
    mean: shared ? { samples: wrong, value: row[wrong[0]] } : null,
    others: shared ? [] : wrong.map((i) => ({ sample: i, value: row[i] })),
  };
}

/**
 * @param {{theta: Float64Array, loss: Float64Array, state: Float64Array}} path from trainPath
 * @param {object} settings with which it was trained
 * @param {object} data from Python
 * @returns {object} as describePoint of its end, with its loss as trained and status "moving", "spiking" or "diverged"
 *   on no level; and deaths: {unit: 1|2, step}[] in the order of the steps
 */
export function describeRun(path, settings, data) {
  const steps = path.loss.length - 1;
  const end = path.theta.subarray(9 * steps);
  const point = describePoint(end, data);
  return {
    ...point,
    status: point.status ?? stateOf(path, steps, tablesOf(data)),
    loss: path.loss[steps],
    deaths: deathsOf(path, steps, settings),
  };
}

function statusOf(level, kind, data) {
  if (level < 0) return null;
  if (data.levels[level].value[0] === 0) return "solved";
  return kind === "held" ? "held" : "trapped";
}

/** Whether a run on no level is moving, spiking or diverged. */
function stateOf(path, steps, tables) {
  const seen = checkpointSteps(steps);
  const end = path.loss[steps];
  const highest = seen.reduce((most, t) => (path.loss[t] > most ? path.loss[t] : most), -Infinity);
  const isFinite = Number.isFinite(end) && path.theta.subarray(9 * steps).every(Number.isFinite);
  if (!isFinite || (end > DIVERGED * Math.max(path.loss[0], tables.scale ** 2) && end > highest)) return "diverged";
  const wasOnLevel = seen.some((t) => levelOf(path.theta.subarray(9 * t, 9 * t + 9), tables) >= 0);
  return wasOnLevel ? "spiking" : "moving";
}

/** The steps before the last one at which Python looks at a run: 0 and 2^(j/4), rounded down. */
export function checkpointSteps(steps) {
  const found = new Set([0]);
  for (let j = 0; Math.floor(2 ** (j / 4)) < steps; j++) found.add(Math.floor(2 ** (j / 4)));
  return [...found];
}

/**
 * The step from which units are inactive on all samples for good, as in landscape.analysis.ends.fates.
 *
 * A unit counts if what is left of its momentum cannot activate it again, however many steps would follow.
 */
function deathsOf(path, steps, settings) {
  const reach = remainingDrift(settings, path.state, settings.learningRate);
  const found = [];
  for (const u of [0, 1]) {
    if (isActive(path.theta, steps, u, settings) || !staysInactive(path.state, reach, u, settings)) continue;
    let step = steps;
    while (step > 0 && !isActive(path.theta, step - 1, u, settings)) step--;
    found.push({ unit: u + 1, step });
  }
  return found.sort((one, other) => one.step - other.step);
}

function isActive(theta, step, u, settings) {
  const round = rounding(settings.precision);
  const w0 = theta[9 * step + u], w1 = theta[9 * step + 2 + u], b = theta[9 * step + 4 + u];
  return b > 0 || round(w1 + b) > 0 || round(w0 + b) > 0 || round(round(w0 + w1) + b) > 0;
}

function staysInactive(state, reach, u, settings) {
  const [w0, w1, b] = [state[u], state[2 + u], state[4 + u]], [d0, d1, db] = [reach[u], reach[2 + u], reach[4 + u]];
  const corners = [[0, 0], [0, 1], [1, 0], [1, 1]];
  const rest = corners.map(([x, y]) => x * d0 + y * d1 + db);
  if (rest.every((r) => r === 0)) return true;
  return corners.every(([x, y], i) => {
    const size = x * Math.abs(w0) + y * Math.abs(w1) + Math.abs(b);
    return x * w0 + y * w1 + b + rest[i] + SLACK * ROUNDING[settings.precision] * size <= 0;
  });
}
