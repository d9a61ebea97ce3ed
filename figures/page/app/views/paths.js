/** Paths of runs: what the plane and the terrain have in common. */

import { levelStyle, levelWords } from "./drawing/look.js";
import { around, writePlaced } from "./drawing/labels.js";
import { drawMarker } from "./drawing/markers.js";
import { SMALL } from "./drawing/axes.js";

export const FAR = [1.5, 3.5];
const KINDS = [["done solid", "done dotted"], ["ahead solid", "ahead dotted"]];

/**
 * Divide a path into pieces of one kind each. Consecutive pieces share a point.
 * @param {Float64Array} points [x0, y0, x1, y1, ...]
 * @param {function(number): string} kindOf the kind of the stretch that begins at a point
 * @returns {{kind: string, points: number[]}[]} without points closer than half a pixel; broken where a point is not
 *   finite or far away
 */
export function pieces(points, kindOf) {
  const found = [];
  const count = points.length / 2;
  let piece = null;
  for (let k = 0; k < count; k++) {
    const [x, y] = [points[2 * k], points[2 * k + 1]];
    const isPlace = isNear(x, y);
    const kind = isPlace ? kindOf(k) : "";
    if (piece && isPlace) {
      const n = piece.points.length;
      const moved = Math.abs(x - piece.points[n - 2]) + Math.abs(y - piece.points[n - 1]);
      if (moved > 0.5 || k === count - 1 || piece.kind !== kind) piece.points.push(x, y);
    }
    if (!isPlace) piece = null;
    else if (piece?.kind !== kind) found.push((piece = { kind, points: [x, y] }));
  }
  return found.filter((piece) => piece.points.length > 2);
}

/**
 * Draw the runs: what is ahead of the step is faint, what is far from the plane (or hidden) dotted.
 * @param {object[]} runs {pixels, level, isCurrent, step, isDotted(k), name}
 * @param {object} placer of labels
 */
export function drawRuns(pen, runs, look, texts, placer) {
  const ordered = [...runs].sort((a, b) => Number(Boolean(a.isCurrent)) - Number(Boolean(b.isCurrent)));
  for (const run of ordered) {
    const style = levelStyle(look, run.level);
    const last = run.pixels.length / 2 - 1;
    const step = Math.min(run.step ?? last, last);
    const width = run.isCurrent ? 2.6 : 1.7;
    const kindOf = (k) => KINDS[k >= step ? 1 : 0][run.isDotted?.(k) ? 1 : 0];
    for (const { kind, points } of pieces(run.pixels, kindOf)) {
      const dash = kind.endsWith("dotted") ? FAR : [];
      const isAhead = kind.startsWith("ahead");
      const strength = isAhead
        ? { width: 1.4, opacity: 0.7 }
        : { width, halo: look.background, haloWidth: run.isCurrent ? 2.2 : 1.6 };
      pen.polyline(points, { stroke: style.color, dash, ...strength });
    }
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
  if (isNear(endX, endY)) drawMarker(pen, style.marker, endX, endY, size, { ...edge, fill: style.color });
  if (isNear(startX, startY)) pen.circle(startX, startY, run.isCurrent ? 5.5 : 4, { ...edge, fill: look.background });
  const step = Math.min(run.step ?? last, last);
  const [x, y] = at(step);
  if (run.isCurrent && isNear(x, y)) {
    pen.circle(x, y, 9, { stroke: look.text, width: 2, halo: look.background, haloWidth: 2.5 });
    pen.circle(x, y, 2.2, { fill: look.text });
  }
  placer.occupy(startX - 6, startY - 6, 12, 12);
  const words = levelWords(look, run.level, texts);
  const label = isNumbered ? `${run.name}: ${words}` : words;
  if (!isNear(endX, endY) || !(isNumbered || run.isCurrent)) return;
  for (const text of isNumbered ? [label, String(run.name)] : [label]) {
    const shown = { size: SMALL, color: look.text, halo: look.background, bold: Boolean(run.isCurrent) };
    if (writePlaced(pen, placer, text, around(endX, endY, 10), shown)) return;
  }
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
