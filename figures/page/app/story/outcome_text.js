/** The end of a run in one sentence. */

import { fractionText } from "../texts/fractions.js";

/** Names of the samples, in the order of landscape. */
const SAMPLES = ["00", "01", "10", "11"];

const ON_LEVEL = { minimum: "outcome.minimum", saddle: "outcome.saddle", held: "outcome.held" };
const OUTPUTS = ["outcome.allAtMean", "outcome.oneRight", "outcome.twoRight"];

/**
 * Return what has become of a run in one sentence that begins with a small letter and ends with a period.
 * @param {object} description from describeRun
 * @param {{value: [number, number]}[]} levels data.levels
 * @param {(key: string, values?: object) => string} t
 */
export function outcomeSentence(description, levels, t) {
  return t("outcome.sentence", {
    state: stateText(description, levels, t),
    deaths: description.deaths.map((death) => `; ${deathText(death, t)}`).join(""),
  });
}

function stateText({ status, kind, level, fitted, loss, right, distanceToTextbook }, levels, t) {
  if (status === "solved") return t("outcome.solved", { loss, distance: distanceToTextbook });
  if (status === "moving") return t("outcome.moving", { loss, right: right.filter(Boolean).length });
  if (status === "spiking") return t("outcome.spiking", { loss });
  if (status === "diverged") return t("outcome.diverged");
  return t(ON_LEVEL[kind], { level: fractionText(levels[level].value), outputs: outputsText(fitted, t) });
}

function outputsText({ right, mean }, t) {
  const values = { right: right.map((sample) => SAMPLES[sample]).join(", "), mean: fractionText(mean.value) };
  return t(OUTPUTS[right.length], values);
}

function deathText({ unit, step }, t) {
  return step === 0 ? t("outcome.deadFromStart", { unit }) : t("outcome.died", { unit, step });
}
