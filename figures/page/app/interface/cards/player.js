/** Play, pause, single steps and scrubbing of the run, and the sentence that says how it ended. */

import { outcomeSentence } from "../../story/outcome_text.js";
import { setText } from "../dom.js";

const SECONDS = 5;

/**
 * Return {element, actions, update(frame), close()}: `actions` are what the keys and other panels may do.
 * @param {Context} context see page.js
 */
export function makePlayer(context) {
  const { el, t, store, interaction, window, data } = context;
  let request = 0;
  let began = 0;

  function pause() {
    interaction.playing = false;
    window.cancelAnimationFrame(request);
    context.redraw();
  }

  function play() {
    const { step, settings } = store.get();
    const from = step >= settings.steps ? 0 : step;
    interaction.playing = true;
    began = window.performance.now() - 1000 * SECONDS * Math.sqrt(from / settings.steps);
    request = window.requestAnimationFrame(tick);
  }

  /** The first steps are shown more slowly than the last: the step grows with the square of time. */
  function tick(now) {
    const { settings } = store.get();
    const part = Math.min(1, Math.max(0, (now - began) / (1000 * SECONDS)));
    store.set({ step: Math.round(settings.steps * part ** 2) });
    if (part < 1 && interaction.playing) request = window.requestAnimationFrame(tick);
    else pause();
  }

  /** Show the run from its start, or its end at once where motion is not wanted. */
  function walk() {
    pause();
    store.set({ step: context.prefersStillness() ? store.get().settings.steps : 0 });
    if (!context.prefersStillness()) play();
  }

  function go(step) {
    pause();
    store.set({ step: Math.min(store.get().settings.steps, Math.max(0, Math.round(step))) });
  }

  const actions = {
    play, pause, walk, go,
    toggle: () => (interaction.playing ? pause() : play()),
    by: (count) => go(store.get().step + count),
  };
  const button = (key, sign, act) => el("button", {
    type: "button", class: "round", "aria-label": t(key), title: t(key), on: { click: act },
  }, sign);
  const toggle = button("player.play", "", actions.toggle);
  toggle.classList.add("primary", "play");
  const slider = el("input", { type: "range", min: 0, step: 1, "aria-label": t("player.scrub"), class: "scrub" });
  slider.addEventListener("input", () => go(Number(slider.value)));
  const stepText = el("output", { class: "step" });
  const sentence = el("p", { class: "outcome", "aria-live": "polite", id: "xs-outcome" });
  const element = el(
    "section",
    { class: "player", "aria-label": t("player.title") },
    el(
      "div",
      { class: "transport" },
      toggle,
      button("player.back", "‹", () => actions.by(-1)),
      button("player.forward", "›", () => actions.by(1)),
      slider,
      stepText,
    ),
    sentence,
  );
  return {
    element,
    actions,
    close: pause,
    update({ state, run, predicts }) {
      const { step, settings } = state;
      toggle.classList.toggle("playing", interaction.playing);
      const action = t(interaction.playing ? "player.pause" : "player.play");
      toggle.setAttribute("aria-label", action);
      toggle.title = action;
      slider.max = String(settings.steps);
      slider.value = String(step);
      const values = { step, steps: settings.steps, loss: run.path.loss[step] };
      const isUntrained = predicts && settings.steps === 1;
      const position = t(
        step > run.lastShown ? "player.diverged" : isUntrained ? "player.untrained" : "player.position", values,
      );
      slider.setAttribute("aria-valuetext", position);
      setText(stepText, position);
      sentence.setAttribute("aria-busy", String(interaction.dragging));
      const outcome = capitalized(outcomeSentence(run.description, data.levels, t));
      const said = step < settings.steps ? t("player.atTheEnd", { outcome }) : outcome;
      setText(sentence, predicts ? t("player.predict") : said);
    },
  };
}

function capitalized(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
