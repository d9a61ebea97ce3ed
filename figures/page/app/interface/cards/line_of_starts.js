/** A line of starts painted on the plane: each is trained, and coloured by where it ends. */

import { NO_LEVEL, PENDING } from "../../core/level_codes.js";
import { pointAt } from "../../core/plane.js";
import { fractionText } from "../../texts/fractions.js";
import { levelStyle } from "../../views/drawing/look.js";
import { setText } from "../dom.js";

const STARTS_ON_LINE = 61;

/** Return {button, note, begin, draw, update, clear, close}: `button` switches to painting a line by a drag. */
export function makeLineOfStarts({ el, t, interaction, redraw, pool, data, say }) {
  const button = el("button", { type: "button", "aria-pressed": "false", on: { click: toggle } }, t("line.paint"));
  const note = el("p", { class: "line-note", role: "status" });
  let job = null;

  function toggle() {
    interaction.painting = !interaction.painting;
    redraw();
  }

  function clear() {
    if (job) pool().cancel(job.id);
    job = null;
    interaction.line = null;
  }

  function train(frame) {
    const { from, to } = interaction.line;
    const starts = new Float64Array(9 * STARTS_ON_LINE);
    for (let i = 0; i < STARTS_ON_LINE; i++) {
      const part = i / (STARTS_ON_LINE - 1);
      const place = [0, 1].map((axis) => from[axis] + part * (to[axis] - from[axis]));
      starts.set(pointAt(frame.plane.plane, ...place), 9 * i);
    }
    const line = interaction.line;
    line.key = JSON.stringify([frame.plane.key, frame.state.settings]);
    line.level = new Int8Array(STARTS_ON_LINE).fill(PENDING);
    job = pool().manyStarts({ starts, settings: frame.state.settings }, ({ first, level }) => {
      line.level.set(level, first);
      redraw();
    });
    job.done.catch((error) => say(t("page.failed", { reason: error.message }))); // what is there stays
  }

  return {
    button,
    note,
    clear,
    /** What is trained stays, for a page that is built anew in another language. */
    close() {
      if (interaction.line?.level?.includes(PENDING)) clear();
    },
    begin(frame, mapping, x, y) {
      clear();
      const from = mapping.toData(x, y);
      interaction.line = { from, to: from, level: null, key: "" };
      interaction.dragging = true;
      return {
        move(nowX, nowY) {
          interaction.line.to = mapping.toData(nowX, nowY);
          redraw();
        },
        end() {
          interaction.dragging = false;
          interaction.painting = false;
          const { to } = interaction.line;
          const isLine = Math.hypot(...mapping.toPixels(...from).map((v, i) => v - mapping.toPixels(...to)[i])) > 5;
          if (isLine) train(frame);
          else interaction.line = null;
          redraw();
        },
      };
    },
    /** Train the line through the start, from left to right, for those who cannot drag. */
    across(frame) {
      clear();
      const [a0, a1, b0, b1] = frame.plane.range;
      const height = Math.min(b1, Math.max(b0, frame.seen.coordinates[1]));
      interaction.line = { from: [a0, height], to: [a1, height], level: null, key: "" };
      train(frame);
      redraw();
    },
    draw(pen, mapping, model, look) {
      if (!interaction.line) return;
      const { from, to, level } = interaction.line;
      const [start, end] = [mapping.toPixels(...from), mapping.toPixels(...to)];
      pen.polyline([...start, ...end], { stroke: look.text, width: 1.5 });
      for (let i = 0; level && i < level.length; i++) {
        const part = i / (level.length - 1);
        const place = [0, 1].map((axis) => start[axis] + part * (end[axis] - start[axis]));
        const color = level[i] === PENDING ? look.background : levelStyle(look, level[i]).color;
        pen.circle(...place, 4, { fill: color, stroke: look.background, width: 1 });
      }
    },
    update(frame) {
      button.setAttribute("aria-pressed", String(interaction.painting));
      const now = JSON.stringify([frame.plane.key, frame.state.settings]);
      if (interaction.line?.level && now !== interaction.line.key && !interaction.dragging) clear();
      const how = interaction.painting ? t("line.how", { n: STARTS_ON_LINE }) : "";
      setText(note, interaction.line?.level ? inWords(t, interaction.line.level, data) : how);
    },
  };
}

/** The levels along the line, from its start to its end, in words. */
function inWords(t, level, data) {
  const done = level.filter((value) => value !== PENDING).length;
  if (done < level.length) return t("line.training", { done, n: level.length });
  let changes = 0;
  for (let i = 1; i < level.length; i++) changes += level[i] === level[i - 1] ? 0 : 1;
  const counts = data.levels
    .map((entry, index) => ({ level: fractionText(entry.value), count: level.filter((v) => v === index).length }))
    .filter((entry) => entry.count > 0)
    .map(({ level: value, count }) => t("line.part", { count, level: value }));
  const onNone = level.filter((value) => value === NO_LEVEL).length;
  if (onNone) counts.push(t("line.none", { count: onNone }));
  return t("line.done", { n: level.length, changes, parts: counts.join(", ") });
}
