/** The end of a run, or a point, in one sentence. */

/** Samples and targets in the order of landscape. */
const SAMPLES = ["00", "01", "10", "11"];
const TARGETS = [0, 1, 1, 0];
/** An output on a level counts as right within this distance; the levels' other outputs are at least 1/3 off. */
const NEAR = 0.1;

/**
 * Return what has become of a run in one sentence that begins with a small letter and ends with a period.
 * @param {{status: string|null, kind: "minimum"|"saddle"|"held"|null, deaths?: {unit: number, step: number}[],
 *   outputs: ArrayLike<number>, right: boolean[]|number, distanceToTextbook: number, loss: number}} description
 *   from describeRun or describePoint
 * @param {(key: string, values?: object) => string} t
 */
export function outcomeSentence(description, t) {
  const deaths = (description.deaths ?? []).map((death) => deathText(death, t));
  return t("outcome.sentence", {
    state: stateText(description, t),
    deaths: deaths.map((text) => `; ${text}`).join(""),
  });
}

/**
 * Return how the outputs of a stationary level divide: which samples are right, and the mean of the others' targets.
 *
 * The level's value follows from it: k samples at their mean m contribute k m (1 - m), and the loss is the mean of 4.
 * @returns {{right: string[], mean: string|null, level: string}}    fractions as text
 */
export function division(outputs) {
  const isRight = TARGETS.map((target, i) => Math.abs(outputs[i] - target) < NEAR);
  const others = TARGETS.filter((_, i) => !isRight[i]);
  const ones = others.reduce((sum, target) => sum + target, 0);
  const k = others.length;
  return {
    right: SAMPLES.filter((_, i) => isRight[i]),
    mean: k ? fraction(ones, k) : null,
    level: k ? fraction(ones * (k - ones), 4 * k) : "0",
  };
}

function stateText(description, t) {
  const { status, kind, loss, right, distanceToTextbook } = description;
  if (status === "solved") return t("outcome.solved", { loss, distance: distanceToTextbook });
  if (status === "moving") return t("outcome.moving", { loss, right: counted(right) });
  if (status === null) return t("outcome.point", { loss, right: counted(right) });
  if (status === "spiking") return t("outcome.spiking", { loss });
  if (status === "diverged") return t("outcome.diverged", { loss });
  const found = division(description.outputs);
  const values = { level: found.level, outputs: outputsText(found, t) };
  if (kind === "held" || status === "held") return t("outcome.held", values);
  if (kind === "saddle") return t("outcome.saddle", values);
  return kind === "minimum" ? t("outcome.minimum", values) : t("outcome.onLevel", values);
}

/** Number of samples classified right, given that or which they are. */
function counted(right) {
  return typeof right === "number" ? right : right.filter(Boolean).length;
}

function outputsText({ right, mean }, t) {
  if (right.length === 0) return t("outcome.allAtMean", { mean });
  if (right.length === 1) return t("outcome.oneRight", { right: right[0], mean });
  return t("outcome.twoRight", { right: right.join(", "), mean });
}

function deathText({ unit, step }, t) {
  return step === 0 ? t("outcome.deadFromStart", { unit }) : t("outcome.died", { unit, step });
}

function fraction(above, below) {
  const divisor = greatestDivisor(above, below);
  return below === divisor ? String(above / divisor) : `${above / divisor}/${below / divisor}`;
}

function greatestDivisor(a, b) {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
