/** What the pictures show, in words: labels for screen readers, and what a plane leaves out. */

import { forward, loss } from "../core/network.js";
import { rightSamples } from "../core/outcome.js";
import { FAR } from "../views/plane.js";

/** Numbers in the way of the language, separated by semicolons. */
function listed(t, values) {
  return Array.from(values, (value) => t("number", { value })).join("; ");
}

/** What the plane leaves out of the run: its largest distance from the plane, and the share of its variance in it. */
export function leftOut(t, { seen, others, plane }) {
  const values = { share: seen.share, distance: seen.farthest };
  const own = seen.farthest < 1e-9 ? t("leftOut.nothing") : t("leftOut.run", values);
  const farthest = Math.max(...others.map((entry) => entry.seen.farthest));
  const share = Math.min(...others.map((entry) => entry.seen.share));
  return [
    own,
    others.length > 0 && t("leftOut.kept", { share, distance: farthest }),
    Math.max(seen.farthest, farthest) > FAR && t("leftOut.far"),
    plane.plane.frozen.length > 0 && t("leftOut.frozen", { n: plane.plane.frozen.length }),
  ].filter(Boolean).join(" ");
}

/** Label of the plane; `frame` as in page.js, also below. */
export function describePlane(t, frame) {
  const { state, seen, plane } = frame;
  const here = 2 * state.step;
  const values = {
    kind: t(`plane.kind.${state.plane.kind}`),
    color: t(`plane.color.${state.color}`),
    a0: plane.range[0], a1: plane.range[1], b0: plane.range[2], b1: plane.range[3],
    x: seen.coordinates[0], y: seen.coordinates[1],
    hereX: seen.coordinates[here], hereY: seen.coordinates[here + 1], step: state.step,
  };
  return plane.problem ? t("plane.impossible") : `${t("plane.label", values)} ${leftOut(t, frame)}`;
}

/** Label of the network at theta (9,); isDead: of the two hidden units. */
export function describeNetwork(t, theta, isDead) {
  const dead = [1, 2].filter((unit) => isDead[unit - 1]);
  const values = { values: listed(t, theta), loss: loss(theta) };
  return t("network.label", values) + (dead.length ? ` ${t("network.dead", { units: dead.join(", ") })}` : "");
}

/** Label of the outputs at theta (9,). */
export function describeDecision(t, theta) {
  const { outputs } = forward(theta);
  const right = rightSamples(outputs).filter(Boolean).length;
  return t("decision.label", { outputs: listed(t, outputs), right });
}

/** Label of the terrain. */
export function describeTerrain(t, { state, plane }) {
  let [lowest, highest] = [Infinity, -Infinity];
  for (const value of plane.loss) {
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
  }
  const { azimuth, elevation } = state.terrain;
  const values = { lowest: lowest, highest: highest };
  return t("terrain.label", { ...values, azimuth: Math.round(azimuth), elevation: Math.round(elevation) });
}

/** Label of the curves; toZero: {step, value} from state/distances.js, or null. */
export function describeCurves(t, { state, run }, toZero) {
  const last = state.settings.steps;
  const lossAt = (step) => (step > run.lastShown ? { key: "curves.tooLarge" } : run.path.loss[step]);
  const { value } = run.toTextbook;
  const isKnown = toZero && Number.isFinite(toZero.value[0]) && Number.isFinite(toZero.value.at(-1));
  const zero = isKnown ? ` ${t("curves.zero", { from: toZero.value[0], to: toZero.value.at(-1) })}` : "";
  return t("curves.label", {
    from: lossAt(0), to: lossAt(last), steps: last, step: state.step,
    here: lossAt(state.step), near: value[0], far: value.at(-1),
  }) + zero;
}
