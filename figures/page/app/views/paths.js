/** Paths of runs: what the plane and the terrain have in common. */

import { levelStyle, levelWords } from "./drawing/look.js";
import { around, writePlaced } from "./drawing/labels.js";
import { drawMarker } from "./drawing/markers.js";
import { SMALL } from "./drawing/axes.js";

const FAR = [3, 4];

/**
 * Divide a path into pieces of one kind each. Consecutive pieces share a point.
 * @param {Float64Array} points [x0, y0, x1, y1, ...]
 * @param {function(number): any} kindOf the kind of the stretch that begins at a point
 * @returns {{kind: any, points: number[]}[]} without points closer than half a pixel; broken where a point is not
 *   finite or far away
 */
export function pieces(points, kindOf) {
  const found = [];
  const count = points.length / 2;
  let piece = null;
  for (let k = 0; k < count; k++) {
    const [x, y] = [points[2 * k], points[2 * k + 1]];
    if (!isNear(x, y)) {
      piece = null;
      continue;
    }
    const kind = kindOf(k);
    if (piece) {
      const n = piece.points.length;
      const moved = Math.abs(x - piece.points[n - 2]) + Math.abs(y - piece.points[n - 1]);
      if (moved > 0.5 || k === count - 1 || piece.kind !== kind) piece.points.push(x, y);
    }
    if (piece?.kind !== kind) {
      piece = { kind, points: [x, y] };
      found.push(piece);
    }
  }
  return found.filter((piece) => piece.points.length > 2);
}

/**
 * Draw the runs: what is ahead of the step is faint, what is far from the plane (or hidden) dotted.
 * @param {object[]} runs {pixels, level, isCurrent, step, isDotted(k), name, hidesEnd: whether its end is not told}
 * @param {object} placer of labels
 */
export function drawRuns(pen, runs, look, texts, placer) {
  const ordered = [...runs].sort((a, b) => Number(a.isCurrent) - Number(b.isCurrent));
  for (const run of ordered) {
    const { color: stroke } = levelStyle(look, run.level);
    const [width, haloWidth] = run.isCurrent ? [2.6, 2.2] : [1.7, 1.6];
    const done = { stroke, width, halo: look.background, haloWidth };
    const ahead = { stroke, width: 1.4, opacity: 0.7 };
    const solid = { done, ahead };
    const dotted = { done: { ...done, dash: FAR, halo: look.text }, ahead: { ...ahead, dash: FAR } };
    const styleOf = (k) => (run.isDotted(k) ? dotted : solid)[k < run.step ? "done" : "ahead"];
    for (const { kind, points } of pieces(run.pixels, styleOf)) pen.polyline(points, kind);
  }
  for (const run of ordered) drawEnds(pen, run, look, texts, placer, runs.length > 1);
}

function drawEnds(pen, run, look, texts, placer, isNumbered) {
  const style = levelStyle(look, run.level);
  const last = run.pixels.length / 2 - 1;
  if (last < 0) return;
  const at = (k) => [run.pixels[2 * k], run.pixels[2 * k + 1]];
  const size = run.isCurrent ? 6 : 4.5;
  const edge = { stroke: look.text, width: 1.4 };
  const [startX, startY] = at(0);
  const [endX, endY] = at(last);
  const showsEnd = isNear(endX, endY) && !run.hidesEnd;
  if (showsEnd) drawMarker(pen, style.marker, endX, endY, size, { ...edge, fill: style.color });
  if (isNear(startX, startY)) pen.circle(startX, startY, run.isCurrent ? 5.5 : 4, { ...edge, fill: look.background });
  const [x, y] = at(Math.min(run.step, last));
  if (run.isCurrent && isNear(x, y)) {
    pen.circle(x, y, 9, { stroke: look.text, width: 2, halo: look.background, haloWidth: 2.5 });
    pen.circle(x, y, 2.2, { fill: look.text });
  }
  placer.occupy(startX - 6, startY - 6, 12, 12);
  const words = levelWords(look, run.level, texts);
  const label = isNumbered ? `${run.name}: ${words}` : words;
  if (!showsEnd || !(isNumbered || run.isCurrent)) return;
  for (const text of isNumbered ? [label, String(run.name)] : [label]) {
    const shown = { size: SMALL, color: look.text, halo: look.background, bold: run.isCurrent };
    if (writePlaced(pen, placer, text, around(endX, endY, 10), shown)) return;
  }
}

/** Draw a line that is no run and of which a text speaks: {pixels, isDotted}. */
export function drawTrace(pen, { pixels, isDotted }, look) {
  const styleOf = (isFar) => ({ ...traceStyle(look), ...(isFar && { dash: FAR }) });
  for (const { kind, points } of pieces(pixels, isDotted)) pen.polyline(points, styleOf(kind));
}

function traceStyle(look) {
  return { stroke: look.text, width: 2, halo: look.background, haloWidth: 1.6 };
}

/** Legend entry of such a line. */
export function traceEntries(pen, { label }, look, texts) {
  const draw = (x, y, w) => pen.polyline([x, y, x + w, y], traceStyle(look));
  return [{ text: texts(label.key, label.values), draw }];
}

/** Whether a point is finite and not so far away that drawing it would lose its precision. */
function isNear(x, y) {
  return Math.abs(x) + Math.abs(y) < 1e6;
}

/** Legend entries of paths: start, position, end, dotted. */
export function pathEntries(pen, runs, look, texts, dotted) {
  if (!runs.length) return [];
  const edge = { stroke: look.text, width: 1.4 };
  const entries = [];
  if (runs.some((run) => run.isCurrent)) {
    entries.push({ text: texts("view.position"), draw(x, y, w) {
      pen.circle(x + w / 2, y, 6.5, { stroke: look.text, width: 1.8 });
      pen.circle(x + w / 2, y, 1.8, { fill: look.text });
    } });
  }
  if (dotted) {
    entries.unshift({ text: dotted, draw: (x, y, w) =>
      pen.polyline([x, y, x + w, y], { stroke: look.text, width: 2.2, dash: FAR }) });
  }
  entries.push({ text: texts("view.start"), draw: (x, y, w) =>
    pen.circle(x + w / 2, y, 4.5, { ...edge, fill: look.background }) });
  return entries;
}
