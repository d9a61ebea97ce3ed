/** Scales, ticks and axes. */

import { formatFixed } from "../../texts/numbers.js";
import { textWidth } from "./pen.js";

export const SIZE = 13;
export const SMALL = 12;

/** A linear scale from data to pixels and back. */
export function linearScale(low, high, from, to) {
  const factor = (to - from) / (high - low);
  return { low, high, from, to, at: (v) => from + (v - low) * factor, value: (p) => low + (p - from) / factor };
}

/** Round values between low and high, at most `most` of them and at least two where the range allows it. */
function niceTicks(low, high, most = 5) {
  const raw = (high - low) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((s) => s >= raw * 0.999);
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) ticks.push(k * step);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return { values: ticks, digits };
}

/** Draw ticks, tick labels and the names of both axes around the frame {x, y, width, height}. */
export function drawAxes(pen, frame, xAxis, yAxis, look) {
  const bottom = frame.y + frame.height;
  const line = { stroke: look.axis, width: 1 };
  pen.polyline([frame.x, frame.y, frame.x, bottom, frame.x + frame.width, bottom], line);
  const text = { size: SMALL, color: look.text };
  for (const { at, label, minor } of xAxis.ticks) {
    pen.polyline([at, bottom, at, bottom + (minor ? 2.5 : 4)], line);
    if (label) pen.text(label, at, bottom + 6, { ...text, align: "center", baseline: "top" });
  }
  for (const { at, label, minor } of yAxis.ticks) {
    pen.polyline([frame.x - (minor ? 2.5 : 4), at, frame.x, at], line);
    if (label) pen.text(label, frame.x - 6, at, { ...text, align: "right" });
  }
  const name = { size: SIZE, color: look.text, align: "center" };
  if (xAxis.name) {
    const fitted = shortened(xAxis.name, frame.width + frame.x);
    pen.text(fitted, centred(fitted, frame), bottom + 22, { ...name, baseline: "top" });
  }
  if (yAxis.name) {
    const fitted = shortened(yAxis.name, frame.height + frame.y);
    const half = textWidth(fitted, SIZE) / 2;
    pen.text(fitted, 9, Math.max(half, frame.y + frame.height / 2), { ...name, rotate: -90, baseline: "middle" });
  }
}

/** Ticks of a linear scale, labelled by format(value, language, decimals), as many as there is room for. */
export function linearTicks(scale, language, isHorizontal, format = formatFixed) {
  const length = Math.abs(scale.to - scale.from);
  let most = Math.min(6, Math.max(2, Math.floor(length / (isHorizontal ? 55 : 40))));
  for (; ; most--) {
    const { values, digits } = niceTicks(scale.low, scale.high, most);
    const ticks = values.map((v) => ({ at: scale.at(v), label: format(v, language, digits), value: v }));
    const widest = Math.max(...ticks.map(({ label }) => textWidth(label, SMALL)));
    const gap = ticks.length > 1 ? Math.abs(ticks[1].at - ticks[0].at) : Infinity;
    if (most <= 2 || !isHorizontal || gap > widest + 8) return ticks;
  }
}

/** Space for the tick labels of a vertical axis. */
export function widestLabel(ticks) {
  return Math.max(0, ...ticks.map(({ label }) => textWidth(label ?? "", SMALL)));
}

/** A text cut to a width: without what is in parentheses or after a comma, otherwise with an ellipsis. */
export function shortened(text, width, size = SIZE) {
  if (textWidth(text, size) <= width) return text;
  const main = text.split(/\s+\(|, /)[0];
  if (textWidth(main, size) <= width) return main;
  let letters = [...main];
  while (letters.length > 1 && textWidth(letters.join("") + "…", size) > width) letters = letters.slice(0, -1);
  return letters.join("").trimEnd() + "…";
}

function centred(text, frame) {
  const half = textWidth(text, SIZE) / 2;
  return Math.max(half + 2, frame.x + frame.width / 2);
}
