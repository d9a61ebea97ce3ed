/** A thousand random starts: bars of where they end, filling towards the known shares. */

import { wilsonInterval } from "../../core/intervals.js";
import { NO_LEVEL } from "../../core/level_codes.js";
import { kerasStarts } from "../../core/random.js";
import { drawBars } from "../../views/bars.js";
import { fractionText } from "../../texts/fractions.js";
import { setText } from "../dom.js";
import { makeViewCard } from "./view_card.js";

/** Starts that are drawn and trained at a time. */
export const STARTS_PER_DRAW = 1000;
const MOST = 20000;
/** Seed of the list of starts: not that of the known shares, so that the two samples are independent. */
const LIST = 1;

/**
 * Return {element, card, drawForStory(), update(frame), repaint(), close()}: drawForStory() trains the next starts as
 * the lecture does, and brings the bars into view.
 * @param {Context} context see page.js
 */
export function makeManyPanel(context) {
  const { el, t, window, store, data, pool, redraw, interaction } = context;
  const trainButton = el("button", { type: "button", class: "primary", on: { click: () => begin() } });
  const stopButton = el("button", { type: "button", on: { click: stop } }, t("many.stop"));
  const found = (interaction.many ??= { isLecture: true, ...nothing(data) });
  const toQuestion = el("button", {
    type: "button", on: { click: () => context.actions.showStory() },
  }, t("guide.question"));
  const sameAsLecture = el("input", { type: "checkbox", checked: found.isLecture, on: { change: clear } });
  const card = makeViewCard({ el, t, window, name: "bars", title: t("many.title"), draw: drawBars });
  const { optimizer: name, learningRate, steps: count } = data.known.settings;
  const lecture = { optimizer: name, rate: learningRate, steps: count };
  const note = el("p", { class: "hint" });
  const spoken = el("p", { class: "many-note", role: "status" });
  card.element.append(
    el("div", { class: "row" }, trainButton, stopButton, toQuestion),
    el("label", { class: "check" }, sameAsLecture, t("many.lecture", lecture)),
    note,
    spoken,
  );
  card.element.insertBefore(card.canvas, note);
  let job = null;

  const settingsNow = () => (sameAsLecture.checked ? data.known.settings : store.get().settings);
  const isKnown = (settings) => Object.entries(data.known.settings).every(([name, value]) => settings[name] === value);

  function stop() {
    if (job) pool().cancel(job.id);
    job = null;
    redraw();
  }

  function clear() {
    stop();
    Object.assign(found, nothing(data), { isLecture: sameAsLecture.checked });
    redraw();
  }

  function drawForStory() {
    if (!sameAsLecture.checked) {
      sameAsLecture.checked = true;
      clear();
    }
    begin();
    context.scrollTo(card.element);
  }

  async function begin() {
    if (job || found.trained >= MOST) return;
    const settings = settingsNow();
    const starts = kerasStarts(STARTS_PER_DRAW, LIST, found.next);
    found.next += STARTS_PER_DRAW;
    const own = pool().manyStarts({ starts, settings }, ({ level }) => {
      if (job !== own) return;
      for (const value of level) found.counts[value === NO_LEVEL ? found.counts.length - 1 : value] += 1;
      found.trained += level.length;
      redraw();
    });
    job = own;
    redraw();
    try {
      await own.done;
    } catch (error) {
      context.say(t("page.failed", { reason: error.message }));
    }
    if (job === own) job = null;
    redraw();
  }

  function inWords() {
    const { counts, trained } = found;
    const shares = data.levels.map(({ value }, index) => {
      const [low, high] = wilsonInterval(counts[index], trained);
      const values = { level: fractionText(value), share: counts[index] / trained };
      return t("many.part", { ...values, low, high });
    });
    return shares.filter((_, index) => counts[index] > 0).join("; ");
  }

  return {
    element: card.element,
    card,
    repaint: card.repaint,
    close() {
      stop();
      card.close();
    },
    drawForStory,
    update({ look, state, predicts }) {
      const settings = settingsNow();
      const now = JSON.stringify(settings);
      if (now !== found.key && found.key) clear();
      found.key = now;
      const { counts, trained } = found;
      trainButton.disabled = job !== null || found.trained >= MOST;
      setText(trainButton, t(trained ? "many.more" : "many.throw", { n: STARTS_PER_DRAW }));
      setText(spoken, trained > 0 && !job ? t("many.done", { n: trained, parts: inWords() }) : "");
      const { activeElement } = card.element.getRootNode();
      stopButton.hidden = job === null;
      if (activeElement === trainButton && job) stopButton.focus(); // a button that cannot be used loses the focus
      if (activeElement === stopButton && !job) trainButton.focus();
      const known = isKnown(settings) ? data.known.shares : null;
      toQuestion.hidden = state.story === null || !context.parts.includes("story");
      const intervals = counts.map((count) => (trained ? wilsonInterval(count, trained) : null));
      const label = trained ? t("many.label", { n: trained, parts: inWords() }) : t("many.none");
      card.render({ counts, n: trained, known: predicts ? null : known, intervals }, look, label);
      const { optimizer, learningRate: rate, steps } = settings;
      const which = known ? "many.known" : "many.unknown";
      setText(note, t(which, { optimizer, rate, steps, n: data.known.n }));
    },
  };
}

/** Counts per level and of those on none, starts trained, number of the next one on the list, and their settings. */
function nothing(data) {
  return { counts: new Array(data.levels.length + 1).fill(0), trained: 0, next: 0, key: "" };
}
