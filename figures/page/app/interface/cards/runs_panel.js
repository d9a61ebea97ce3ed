/** Runs kept for comparison: named, chosen again, removed. */

import { NO_LEVEL } from "../../core/level_codes.js";
import { fractionText } from "../../texts/fractions.js";
import { levelStyle } from "../../views/drawing/look.js";
import { setValue } from "../dom.js";
import { MOST_RUNS, cleanName } from "../state/state.js";

/**
 * Return {element, keep(), update(frame)}: keep() keeps the current run.
 * @param {Context} context see page.js
 */
export function makeRunsPanel(context) {
  const { el, t, store, data } = context;
  const keepButton = el("button", { type: "button", on: { click: keep } }, t("runs.keep"));
  const list = el("ul", { class: "runs" });
  const hint = el("p", { class: "hint" }, t("runs.hint"));
  const element = el(
    "section",
    { class: "card runs-panel", "aria-label": t("runs.title") },
    el("div", { class: "row spread" }, el("h2", {}, t("runs.title")), keepButton),
    hint,
    list,
  );
  let shown = "";

  function keep() {
    const { runs, start, settings, current } = store.get();
    if (current >= 0) return;
    if (runs.length >= MOST_RUNS) {
      context.say(t("runs.full", { n: MOST_RUNS }));
      return;
    }
    const used = new Set(runs.map((run) => run.name));
    let number = 1;
    while (used.has(t("runs.name", { n: number }))) number += 1;
    const name = t("runs.name", { n: number });
    store.set({ runs: [...runs, { name, start: [...start], settings }], current: runs.length });
  }

  function choose(index) {
    const { start, settings } = store.get().runs[index];
    context.actions.pause();
    store.set({ start: [...start], settings, step: settings.steps, current: index });
  }

  function remove(index) {
    const { runs, current } = store.get();
    const now = current === index ? -1 : current - (current > index ? 1 : 0);
    store.set({ runs: runs.filter((_, i) => i !== index), current: now });
    (list.children[Math.min(index, runs.length - 2)]?.querySelector("input") ?? keepButton).focus();
  }

  function rename(index, name) {
    store.set({ runs: store.get().runs.map((run, i) => (i === index ? { ...run, name: cleanName(name) } : run)) });
  }

  function row(index) {
    const swatch = el("span", { class: "swatch", "aria-hidden": "true" });
    const radio = el("input", { type: "radio", name: "xs-run", on: { change: () => choose(index) } });
    const name = el("input", { type: "text", maxlength: 40, "aria-label": t("runs.nameOf", { n: index + 1 }) });
    name.addEventListener("change", () => rename(index, name.value));
    const end = el("span", { class: "run-end" });
    const removal = el("button", {
      type: "button", class: "round", title: t("runs.remove"), on: { click: () => remove(index) },
    }, "×");
    return { element: el("li", {}, radio, swatch, name, end, removal), radio, name, end, removal, swatch };
  }

  let rows = [];
  return {
    element,
    keep,
    update({ state, kept, look }) {
      keepButton.disabled = state.current >= 0;
      hint.hidden = kept.length > 0;
      const now = String(kept.length);
      if (now !== shown) {
        rows = kept.map((_, index) => row(index));
        list.replaceChildren(...rows.map((entry) => entry.element));
        shown = now;
      }
      kept.forEach((entry, index) => {
        const { level } = entry.run.description;
        const own = rows[index];
        setValue(own.name, entry.name);
        own.radio.checked = state.current === index;
        own.radio.setAttribute("aria-label", t("runs.choose", { name: entry.name }));
        own.removal.setAttribute("aria-label", t("runs.removeNamed", { name: entry.name }));
        own.swatch.style.background = levelStyle(look, level).color;
        const { optimizer, learningRate, steps } = entry.settings;
        const end = level === NO_LEVEL ? null : { level: fractionText(data.levels[level].value) };
        const precision = entry.settings.precision === "float32" ? ", float32" : "";
        own.end.textContent = t("runs.end", {
          optimizer, rate: learningRate, steps, precision, level: end ? t("runs.level", end) : t("runs.noLevel"),
        });
      });
    },
  };
}
