/** A line of starts painted on the plane: each is trained, and coloured by where it ends. */

import { pointAt } from "../../core/plane.js";
import { setText } from "../dom.js";

export const STARTS_ON_LINE = 61;

/** Return {button, note, begin, draw, update, clear}: `button` switches the mode in which a drag paints a line. */
export function makeLineOfStarts({ el, t, live, redraw, pool, data }) {
  const button = el("button", { type: "button", "aria-pressed": "false", on: { click: toggle } }, t("line.paint"));
  const note = el("p", { class: "line-note", role: "status" });
  let job = null;
  let trained = null;

  function toggle() {
    live.painting = !live.painting;
    redraw();
  }

  function clear() {
    if (job) pool().cancel(job.id);
    job = null;
    live.line = null;
  }

  function train(frame) {
    const { from, to } = live.line;
    const starts = new Float64Array(9 * STARTS_ON_LINE);
    for (let i = 0; i < STARTS_ON_LINE; i += 1) {
      const part = i / (STARTS_ON_LINE - 1);
      const place = [0, 1].map((axis) => from[axis] + part * (to[axis] - from[axis]));
      starts.set(pointAt(frame.plane.plane, ...place), 9 * i);
    }
    const line = live.line;
    trained = JSON.stringify([frame.plane.key, frame.state.settings]);
    line.level = new Int8Array(STARTS_ON_LINE).fill(-2);
    job = pool().manyStarts({ starts, settings: frame.state.settings }, ({ first, level }) => {
      line.level.set(level, first);
      redraw();
    });
    job.done.catch(() => {}); // what is there stays
  }

  return {
    button,
    note,
    clear,
    begin(frame, mapping, x, y) {
      clear();
      const from = mapping.toData(x, y);
      live.line = { from, to: from, level: null };
      live.dragging = true;
      return {
        move(nowX, nowY) {
          live.line.to = mapping.toData(nowX, nowY);
          redraw();
        },
        end() {
          live.dragging = false;
          live.painting = false;
          const { to } = live.line;
          const isLine = Math.hypot(...mapping.toPixels(...from).map((v, i) => v - mapping.toPixels(...to)[i])) > 5;
          if (isLine) train(frame);
          else live.line = null;
          redraw();
        },
      };
    },
    /** Train the line through the start, from left to right, for those who cannot drag. */
    across(frame) {
      clear();
      const [a0, a1, b0, b1] = frame.plane.range;
      const height = Math.min(b1, Math.max(b0, frame.seen.coordinates[1]));
      live.line = { from: [a0, height], to: [a1, height], level: null };
      train(frame);
      redraw();
    },
    draw(pen, mapping, model, look) {
      if (!live.line) return;
      const { from, to, level } = live.line;
      const [start, end] = [mapping.toPixels(...from), mapping.toPixels(...to)];
      pen.polyline([...start, ...end], { stroke: look.text, width: 1.5 });
      for (let i = 0; level && i < level.length; i += 1) {
        const part = i / (level.length - 1);
        const place = [0, 1].map((axis) => start[axis] + part * (end[axis] - start[axis]));
        const color = level[i] === -2 ? look.background : (look.levels[level[i]] ?? look.noLevel).color;
        pen.circle(...place, 4, { fill: color, stroke: look.background, width: 1 });
      }
    },
    update(frame) {
      button.setAttribute("aria-pressed", String(live.painting));
      const now = JSON.stringify([frame.plane.key, frame.state.settings]);
      if (live.line?.level && now !== trained && !live.dragging) clear();
      setText(note, live.line?.level ? inWords(t, live.line.level, data) : live.painting ? t("line.how") : "");
    },
  };
}

/** The levels along the line, from its start to its end, in words. */
function inWords(t, level, data) {
  const done = level.filter((value) => value !== -2).length;
  if (done < level.length) return t("line.training", { done, n: level.length });
  let changes = 0;
  for (let i = 1; i < level.length; i += 1) changes += level[i] === level[i - 1] ? 0 : 1;
  const counts = data.levels
    .map((entry, index) => ({ level: fractionText(entry.value), count: level.filter((v) => v === index).length }))
    .filter((entry) => entry.count > 0)
    .map(({ level: value, count }) => t("line.part", { count, level: value }));
  const onNone = level.filter((value) => value === -1).length;
  if (onNone) counts.push(t("line.none", { count: onNone }));
  return t("line.done", { n: level.length, changes, parts: counts.join(", ") });
}

/** Fraction [numerator, denominator] as text. */
export function fractionText([numerator, denominator]) {
  return denominator === 1 ? String(numerator) : `${numerator}/${denominator}`;
}
