/** How a run is trained: start, optimizer, learning rate, momentum, steps, precision. */

import { kerasStarts } from "../../core/random.js";
import { choice, field, segments, setValue } from "../dom.js";
import { BOUNDS, LEARNING_RATES, OPTIMIZER_NAMES, PRECISIONS, defaultState } from "../state/state.js";
import { changePlane, changeSettings, newRun } from "../state/store.js";

const TICKS = [-4, 0];
/** Seed of the lecture's list of starts. */
const LIST = 0;

/**
 * Return {element, update(frame)}.
 * @param {Context} context see page.js
 */
export function makeTrainingPanel(context) {
  const { el, t, store, data, interaction } = context;
  const { settings } = store.get();

  const presets = [
    { value: "", label: t("walk.presetChoose") },
    ...data.presets.map((preset, index) => ({ value: String(index), label: t(`preset.${preset.key}`, preset) })),
  ];
  const preset = choice(el, presets, "", (value) => {
    if (value === "") return;
    const { theta, moves, settings: own = {} } = data.presets[Number(value)];
    if (moves) changePlane(store, { kind: "principal", centre: [...data.textbook], range: null }); // shows all of it
    else if (store.get().plane.kind === "principal") store.set({ plane: defaultState(data).plane });
    newRun(store, { start: [...theta], settings: { ...store.get().settings, ...own } });
    context.actions.walk();
  });
  const random = el("button", {
    type: "button",
    on: {
      click() {
        newRun(store, { start: Array.from(kerasStarts(1, LIST, interaction.randomStarts)) });
        interaction.randomStarts += 1;
        context.actions.walk();
      },
    },
  }, t("walk.random"));

  const optimizers = OPTIMIZER_NAMES.map((value) => ({ value, label: value }));
  const optimizer = choice(el, optimizers, settings.optimizer, (value) => {
    const learningRate = LEARNING_RATES[value];
    changeSettings(store, { optimizer: value, learningRate });
    context.say(t("walk.usualRate", { optimizer: value, rate: learningRate }));
  });
  const rate = el("input", { type: "range", min: TICKS[0], max: TICKS[1], step: 0.05, "aria-label": t("walk.rate") });
  rate.addEventListener("input", () => {
    changeSettings(store, { learningRate: Number((10 ** Number(rate.value)).toPrecision(2)) });
  });
  const exactRate = number("learningRate", t("walk.rateExact"), "any");
  const momentum = number("momentum", t("walk.momentum"), "0.05");
  const steps = number("steps", t("walk.steps"), "1");
  const precisions = PRECISIONS.map((value) => ({ value, label: t(`walk.${value}`) }));
  const precision = segments(el, "xs-precision", t("walk.precision"), precisions, settings.precision, (value) => {
    changeSettings(store, { precision: value });
  });
  const momentumField = field(el, t("walk.momentum"), momentum);

  /** Number input of one setting; a value out of bounds is refused and said. */
  function number(name, label, step) {
    const [low, high] = BOUNDS[name];
    const input = el("input", { type: "number", min: low, max: high, step, "aria-label": label, inputmode: "decimal" });
    input.addEventListener("change", () => {
      const value = input.valueAsNumber;
      const isGood = value >= low && value <= high && (name !== "steps" || Number.isInteger(value));
      if (isGood) changeSettings(store, { [name]: value });
      else {
        input.value = String(store.get().settings[name]);
        context.say(t("walk.refused", { name: label, low, high }));
      }
    });
    return input;
  }

  const element = el(
    "section",
    { class: "card walk", "aria-label": t("walk.title") },
    el("h2", {}, t("walk.title")),
    el("div", { class: "row" }, field(el, t("walk.preset"), preset), random),
    el(
      "div",
      { class: "row" },
      field(el, t("walk.optimizer"), optimizer),
      field(el, t("walk.steps"), steps),
      momentumField,
    ),
    el("div", { class: "row rate" }, field(el, t("walk.rate"), rate), exactRate),
    precision.element,
  );
  return {
    element,
    update({ state }) {
      const now = state.settings;
      setValue(optimizer, now.optimizer);
      setValue(rate, Math.log10(now.learningRate));
      rate.setAttribute("aria-valuetext", t("walk.rateValue", { value: now.learningRate }));
      setValue(exactRate, now.learningRate);
      setValue(momentum, now.momentum);
      setValue(steps, now.steps);
      momentumField.hidden = now.optimizer !== "SGD";
      precision.set(now.precision);
    },
  };
}
