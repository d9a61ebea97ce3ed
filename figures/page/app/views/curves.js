/** Curves against the step: the loss, and the distances to the textbook weights and to the nearest zero. */

import { powerOfTen } from "../texts/numbers.js";
import { SMALL, drawAxes, linearScale } from "./drawing/axes.js";
import { flowLegend, makePlacer, spread } from "./drawing/labels.js";
import { levelStyle, levelWords } from "./drawing/look.js";
import { drawMarker } from "./drawing/markers.js";
import { textWidth } from "./drawing/pen.js";

const DECADES = 12;
/** Power of ten above which values are cut off, such as the loss of a run that diverges. */
const HIGHEST = 4;

/**
 * @param {object} model {runs: [{loss: value per step, distanceToTextbook, distanceToZero: {step, value} or null,
 *   level, isCurrent, name: a number}], step: the current one}
 * @returns {{toData: function(number): [number]}} the step at a place from the left
 */
export function drawCurves(pen, model, { width, height }, look, texts) {
  const { runs } = model;
  const series = runs.flatMap((run) => [
    { ...run.distanceToTextbook, run, dash: [] },
    { ...run.distanceToZero, run, dash: [6, 3] },
  ]).filter(({ value }) => value?.length > 0);
  const losses = runs.map((run) => ({ value: run.loss, run, dash: [] }));
  const legend = flowLegend([
    ...(runs.length > 1 ? runs.map((run) => runEntry(pen, run, look, texts)) : []),
    ...distanceEntries(pen, look, texts, runs),
  ], width - 16, height);
  const last = Math.max(1, ...runs.map((run) => run.loss.length - 1));
  const bottom = height - 42 - legend.height - 4;
  const levelWidth = Math.max(...look.levels.map(({ label }) => textWidth(label, SMALL))) + 16;
  const lossAxis = logAxis(losses.map(({ value }) => value), look.levels.map(({ value }) => value));
  const distanceAxis = logAxis(series.map(({ value }) => value), []);
  const left = [lossAxis, distanceAxis].some((axis) => axis.isCut || axis.isCutAbove) ? 74 : 58; // room for ≤ 10⁻¹⁰
  const split = series.length ? 10 + (bottom - 10) * 0.56 : bottom;
  const upper = { x: left, y: 10, width: width - left - levelWidth, height: split - 10 };
  const lower = { ...upper, y: split + 14, height: bottom - split - 14 };
  const [from, to] = [left + 4, left + upper.width];
  const steps = linearScale(0, Math.log10(1 + last), from, to);
  const atStep = (step) => steps.at(Math.log10(1 + step));
  const xTicks = logTicks(last, atStep);
  const name = texts("view.stepLog");
  const lossScale = placed(lossAxis, upper);

  pen.group(texts("view.curves"), () => {
    drawPanel(pen, upper, lossScale, losses, {
      xTicks: series.length ? xTicks.map((tick) => ({ ...tick, label: "" })) : xTicks,
      name: series.length ? "" : name, yName: texts("view.loss"), levels: look.levels }, atStep, look);
    if (series.length) {
      const scale = placed(distanceAxis, lower);
      drawPanel(pen, lower, scale, series, { xTicks, name, yName: texts("view.distance"), levels: [] }, atStep, look);
    }
    const x = atStep(Math.min(model.step, last));
    const end = series.length ? lower.y + lower.height : upper.y + upper.height;
    pen.polyline([x, upper.y, x, end], { stroke: look.text, width: 1.4, opacity: 0.75 });
    pen.polygon([x - 6, upper.y - 7, x + 6, upper.y - 7, x, upper.y + 2], { fill: look.text });
  });
  legend.draw(pen, 8, height - legend.height - 2, look);
  return { toData: (x) => [Math.min(last, Math.max(0, 10 ** steps.value(x) - 1))] };
}

/** Decades from the smallest value above 0 to the largest, cut to DECADES and HIGHEST; whether a 0 has to be shown. */
function logAxis(lists, levels) {
  let [low, high, hasZero] = [Infinity, 0, levels.includes(0)];
  for (const list of lists) {
    for (const value of list) {
      if (value === 0) hasZero = true;
      else if (value > 0 && value < Infinity) [low, high] = [Math.min(low, value), Math.max(high, value)];
    }
  }
  for (const value of levels) if (value > 0) [low, high] = [Math.min(low, value / 2), Math.max(high, value * 2)];
  if (!(low < Infinity)) [low, high] = [0.1, 1];
  const isCutAbove = high > 10 ** HIGHEST;
  if (isCutAbove) [low, high] = [Math.min(low, 1), 10 ** HIGHEST];
  const lowest = Math.floor(Math.log10(low) + 1e-9);
  const bottom = Math.max(lowest, Math.ceil(Math.log10(high)) - DECADES);
  const top = Math.max(bottom + 1, Math.ceil(Math.log10(high) - 1e-9));
  return { bottom, top, hasZero, isCut: lowest < bottom, isCutAbove };
}

function placed(axis, frame) {
  const gap = axis.hasZero ? Math.min(26, frame.height * 0.16) : 0;
  const zero = frame.y + frame.height - (axis.hasZero ? 6 : 0);
  const scale = linearScale(axis.bottom, axis.top, frame.y + frame.height - gap, frame.y);
  const least = frame.y + frame.height - gap;
  return {
    ...axis, zero, least,
    at: (v) => (v > 0 ? Math.min(least, scale.at(Math.log10(v))) : v === 0 ? zero : NaN),
  };
}

function logTicks(last, atStep) {
  const ticks = [{ at: atStep(0), label: "0" }];
  for (let power = 0; 10 ** power <= last; power++) {
    ticks.push({ at: atStep(10 ** power), label: powerText(power, 3) });
    for (let k = 2; k < 10 && k * 10 ** power <= last; k++) ticks.push({ at: atStep(k * 10 ** power), minor: true });
  }
  return withoutOverlap(ticks);
}

/** A power of ten, written out from 1 to that of `most`. */
function powerText(exponent, most) {
  return exponent >= 0 && exponent <= most ? String(10 ** exponent) : powerOfTen(exponent);
}

function withoutOverlap(ticks) {
  let free = -Infinity;
  return ticks.map((tick) => {
    if (!tick.label) return tick;
    const half = textWidth(tick.label, SMALL) / 2 + 3;
    if (tick.at - half < free) return { ...tick, label: "" };
    free = tick.at + half;
    return tick;
  });
}

function drawPanel(pen, frame, scale, lines, { xTicks, name, yName, levels }, atStep, look) {
  const decades = scale.top - scale.bottom;
  const every = Math.max(1, Math.ceil(decades / Math.max(1, Math.floor((frame.height - 20) / 20))));
  const ticks = [];
  for (let power = scale.bottom; power <= scale.top; power++) {
    const isTop = scale.isCutAbove && power === scale.top;
    const hasRoom = !scale.isCutAbove || scale.top - power >= every;
    const isLabelled = isTop || (hasRoom && (power - scale.bottom) % every === 0);
    const sign = isTop ? "≥ " : scale.isCut && power === scale.bottom ? "≤ " : "";
    const label = isLabelled ? sign + powerText(power, 1) : "";
    if (isLabelled || decades <= 18) ticks.push({ at: scale.at(10 ** power), label, minor: !isLabelled });
  }
  if (scale.hasZero) ticks.push({ at: scale.zero, label: "0" });
  drawAxes(pen, frame, { ticks: xTicks, name }, { ticks, name: yName }, look);
  if (scale.hasZero) drawBreak(pen, frame, scale, look);
  drawLevels(pen, frame, scale, levels, look);
  pen.clip(frame.x, frame.y - 4, frame.width + 2, frame.height + 4, () => {
    const placer = makePlacer(frame);
    const ordered = [...lines].sort((a, b) => Number(a.run.isCurrent) - Number(b.run.isCurrent));
    for (const line of ordered) {
      const { color } = levelStyle(look, line.run.level);
      const width = line.run.isCurrent ? 2.4 : 1.5;
      const points = thinned(line.step, line.value, atStep, scale);
      pen.polyline(points, { stroke: color, width, dash: line.dash, halo: look.background, haloWidth: 1.4 });
    }
    if (new Set(lines.map(({ run }) => run.name)).size > 1) numberLines(pen, ordered, atStep, scale, look, placer);
  });
}

/** The mark of a broken axis between the decades and 0, and the line of 0. */
function drawBreak(pen, frame, scale, look) {
  const y = (scale.least + scale.zero) / 2;
  pen.polyline([frame.x, y - 3, frame.x, y + 3], { stroke: look.background, width: 4 });
  const strokes = [-3, 3].map((d) => [frame.x - 5, y + d + 2, frame.x + 5, y + d - 2]);
  pen.polylines(strokes, { stroke: look.axis, width: 1.2 });
  pen.polyline([frame.x, scale.zero, frame.x + frame.width, scale.zero], { stroke: look.grid, width: 1.4 });
}

function drawLevels(pen, frame, scale, levels, look) {
  const right = frame.x + frame.width;
  const shown = levels.filter(({ value }) => value > 0 || scale.hasZero);
  const places = spread(shown.map(({ value }) => scale.at(value)), 13, frame.y + 5, frame.y + frame.height);
  shown.forEach((style, k) => {
    const y = scale.at(style.value);
    pen.polyline([frame.x, y, right, y], { stroke: style.color, width: 1.3, dash: style.dash, opacity: 0.9 });
    pen.polyline([right, y, right + 4, y, right + 8, places[k]], { stroke: look.axis, width: 1 });
    pen.text(style.label, right + 10, places[k], { size: SMALL, color: look.text });
  });
}

/** Points of a curve: per column of pixels its first, lowest, highest and last value; NaN and infinity break it off. */
function thinned(step, value, atStep, scale) {
  const points = [];
  let column = null;
  const close = () => {
    if (!column) return;
    const places = [...new Set([column.first, column.low, column.high, column.last])].sort((a, b) => a - b);
    for (const k of places) points.push(atStep(step ? step[k] : k), scale.at(value[k]));
  };
  for (let k = 0; k < value.length; k++) {
    if (!Number.isFinite(value[k])) break;
    const x = Math.round(atStep(step ? step[k] : k));
    if (column?.x !== x) {
      close();
      column = { x, first: k, low: k, high: k, last: k };
    }
    if (value[k] < value[column.low]) column.low = k;
    if (value[k] > value[column.high]) column.high = k;
    column.last = k;
  }
  close();
  return points;
}

/** The number of its run on each curve, so that no colour is needed to tell them apart. */
function numberLines(pen, lines, atStep, scale, look, placer) {
  lines.forEach((line, place) => {
    const count = line.value.length;
    const candidates = [];
    for (let k = 0; k < 24; k++) {
      const share = ((k * 7 + 5 + place * 5) % 24) / 24;
      const x = atStep(0) + share * (atStep(line.step ? line.step[count - 1] : count - 1) - atStep(0));
      const index = nearest(line, count, x, atStep);
      if (Number.isFinite(line.value[index])) candidates.push([x, scale.at(line.value[index]), "center"]);
    }
    const text = String(line.run.name);
    const found = placer.place(`${text}0`, SMALL, candidates);
    if (!found) return;
    const { color } = levelStyle(look, line.run.level);
    pen.circle(found[0], found[1], 8, { fill: look.background, stroke: color, width: 1.6 });
    pen.text(text, found[0], found[1], { size: SMALL, color: look.text, align: "center" });
  });
}

function nearest(line, count, x, atStep) {
  let [low, high] = [0, count - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (atStep(line.step ? line.step[middle] : middle) < x) low = middle;
    else high = middle;
  }
  return low;
}

function runEntry(pen, run, look, texts) {
  const style = levelStyle(look, run.level);
  return { text: `${run.name}: ${levelWords(look, run.level, texts)}`, draw(x, y, w) {
    pen.polyline([x, y, x + w, y], { stroke: style.color, width: run.isCurrent ? 2.4 : 1.5 });
    drawMarker(pen, style.marker, x + w / 2, y, 4, { fill: style.color, stroke: look.text, width: 1 });
  } };
}

function distanceEntries(pen, look, texts, runs) {
  const entries = [["distanceToTextbook", "view.toTextbook", []], ["distanceToZero", "view.toZero", [6, 3]]];
  return entries.filter(([name]) => runs.some((run) => run[name]?.value?.length > 0)).map(([, key, dash]) => ({
    text: texts(key),
    draw: (x, y, w) => pen.polyline([x, y, x + w, y], { stroke: look.text, width: 1.8, dash }),
  }));
}
