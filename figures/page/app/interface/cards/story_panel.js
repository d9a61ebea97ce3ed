/** The guided story: a question, a prediction, and what is the case. */

import { storySteps } from "../../story/story.js";
import { setText } from "../dom.js";
import { acceptedState, defaultState } from "../state/state.js";
import { STARTS_PER_DRAW } from "./many_panel.js";

/**
 * Return {element, update(frame)}.
 * @param {Context} context see page.js
 */
export function makeStoryPanel(context) {
  const { el, t, store, data, interaction } = context;
  const steps = storySteps(data);
  const counter = el("p", { class: "eyebrow" });
  const title = el("h2", { tabindex: -1 });
  const question = el("p", { class: "question" });
  const choices = el("fieldset", { class: "choices" });
  const verdict = el("p", { class: "verdict" });
  const fact = el("p", { class: "fact" });
  const answer = el("div", { class: "answer", "aria-live": "polite" }, verdict, fact);
  const draw = el("button", {
    type: "button", on: { click: () => context.actions.drawStarts() },
  }, t("guide.draw", { n: STARTS_PER_DRAW }));
  const toPicture = el("button", {
    type: "button", class: "to-picture", on: { click: () => context.actions.showPlane() },
  }, t("guide.picture"));
  const reveal = el("button", { type: "button", class: "primary", on: { click: revealNow } }, t("guide.reveal"));
  const back = el("button", { type: "button", on: { click: () => go(store.get().story.step - 1) } }, t("guide.back"));
  const next = el("button", { type: "button", on: { click: () => go(store.get().story.step + 1) } }, t("guide.next"));
  const leave = el("button", {
    type: "button", class: "quiet", on: { click: leaveNow },
  }, t("guide.leave"));
  const begin = el("button", { type: "button", class: "primary", on: { click: beginNow } }, t("guide.begin"));
  const invitation = el(
    "div",
    { class: "invitation" },
    el("h2", {}, t("guide.title")),
    el("p", {}, t("guide.invitation", { n: steps.length })),
    begin,
  );
  const panel = el(
    "div",
    { class: "question-panel" },
    el("div", { class: "row spread" }, counter, leave),
    title,
    question,
    choices,
    el("div", { class: "row" }, reveal, toPicture),
    answer,
    el("div", { class: "row" }, draw),
    el("div", { class: "row spread steps" }, back, next),
  );
  const element = el("section", { class: "card story", "aria-label": t("guide.title") }, invitation, panel);
  let shown = null;

  function beginNow() {
    const { language, theme, ...others } = store.get();
    interaction.beforeStory = others; // comes back when the story is left
    go(0);
  }

  /** Go to a question: its views, without an answer. */
  function go(index) {
    if (index < 0) return;
    if (index >= steps.length) {
      leaveNow();
      context.say(t("guide.finished"));
      return;
    }
    apply(steps[index].before, { step: index, revealed: false, answer: null });
    title.focus({ preventScroll: true });
  }

  function leaveNow() {
    store.set({ ...interaction.beforeStory, story: null });
    interaction.beforeStory = null;
    update({ state: store.get() });
    begin.focus({ preventScroll: true });
  }

  function revealNow() {
    const { step, answer: chosen } = store.get().story;
    apply(steps[step].after, { step, revealed: true, answer: chosen });
    next.focus({ preventScroll: true });
  }

  /** Set parts of the state; planes and settings begin from the default, so that a question always looks the same. */
  function apply(part = {}, story) {
    const defaults = defaultState(data);
    const base = { ...defaults, plane: { ...defaults.plane, seed: 0, orthogonal: false } };
    const now = store.get();
    const change = { story };
    for (const [name, value] of Object.entries(part)) {
      const isPart = name === "plane" || name === "settings" || name === "terrain";
      change[name] = isPart ? { ...(name === "terrain" ? now : base)[name], ...value } : value;
    }
    context.actions.pause();
    store.set(acceptedState(change, data, now).state);
    update({ state: store.get() });
  }

  function show(index) {
    const step = steps[index];
    const values = step.values;
    counter.textContent = t("guide.counter", { n: index + 1, of: steps.length });
    title.textContent = t(step.titleKey, values);
    question.textContent = t(step.questionKey, values);
    choices.replaceChildren(
      el("legend", {}, t("guide.predict")),
      ...step.choices.map((key, number) => {
        const radio = el("input", { type: "radio", name: "xs-answer", value: String(number) });
        radio.addEventListener("change", () => store.set({ story: { ...store.get().story, answer: number } }));
        return el("label", { class: "choice" }, radio, el("span", {}, t(key, values)));
      }),
    );
  }

  function update({ state }) {
    const { story } = state;
    const index = story ? story.step : null;
    invitation.hidden = story !== null;
    panel.hidden = story === null;
    if (!story) {
      shown = null;
      return;
    }
    if (shown !== index) show(index);
    shown = index;
    const step = steps[index];
    [...choices.querySelectorAll("label")].forEach((label, number) => {
      const radio = label.firstChild;
      radio.checked = story.answer === number;
      radio.disabled = story.revealed;
      label.classList.toggle("right", story.revealed && number === step.answer);
      label.classList.toggle("wrong", story.revealed && number === story.answer && number !== step.answer);
    });
    reveal.hidden = story.revealed;
    draw.hidden = !(story.revealed && step.offersStarts && context.parts.includes("many"));
    toPicture.hidden = !context.parts.includes("plane");
    back.disabled = index === 0;
    setText(next, t(index === steps.length - 1 ? "guide.finish" : "guide.next"));
    next.classList.toggle("primary", story.revealed);
    const isAnswered = story.revealed && story.answer !== null;
    setText(verdict, isAnswered ? t(story.answer === step.answer ? "guide.right" : "guide.wrong") : "");
    setText(fact, story.revealed ? t(step.revealKey, step.values) : "");
  }

  return { element, update };
}
