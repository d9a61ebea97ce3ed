/** The plane: loss as colours with contour lines, or the outcome of each start; kinks, runs and marks on it. */

import { SIZE, drawAxes, linearScale, linearTicks, widestLabel } from "./drawing/axes.js";
import { contourLines } from "./contours.js";
import { distinctKinks, drawKinks, kinkEntries } from "./kinks.js";
import { around, flowLegend, makePlacer } from "./drawing/labels.js";
import { casing, levelStyle } from "./drawing/look.js";
import { drawLossBar, highestLoss, lossBarWidth, lossImage, rootsOf } from "./drawing/loss_scale.js";
import { drawMarker } from "./drawing/markers.js";
import { outcomeEntries, outcomeImage, regionLabels } from "./outcome_image.js";
import { drawRuns, drawTrace, pathEntries, traceEntries } from "./paths.js";

const BANDS = 13;

/** Losses up to this, a square of rounding errors, count as 0. */
export const ROUNDING = 1e-28;

/** Distance from the plane from which on a path is dotted. */
export const FAR = 0.1;

/**
 * What a small picture has no room for is left out of the legend first: the units of the kinks, which the labels of the
 * lines name too.
 * @param {object} pen
 * @param {object} model {alpha (nx), beta (ny), loss (ny * nx, row = beta), color: "loss"|"outcome",
 *   outcome: {nx, ny, level: Int8Array, row 0 at the lowest beta}, kinks,
 *   runs: [{points: [a0, b0, ...], distance: from the plane per point, level, isCurrent, step, name}],
 *   start: [a, b], marks: [{at: [a, b], label}], labels: {x, y}: {key, values} of texts,
 *   trace?: {points, distance, label: {key, values}}, a line that a text speaks of}
 * @param {{width: number, height: number}} size in CSS pixels
 * @param {object} look of makeLook
 * @param {function} texts t(key, values)
 * @returns {{toData, toPixels}} functions from pixels (x, y) to [alpha, beta], and back
 */
export function drawPlane(pen, model, { width, height }, look, texts) {
  const { alpha, beta, runs } = model;
  const [nx, ny] = [alpha.length, beta.length];
  const showsLoss = model.color !== "outcome";
  const roots = showsLoss && rootsOf(model.loss);
  const ceiling = showsLoss && highestLoss(model.loss);
  const kinks = distinctKinks(model.kinks, alpha, beta);
  const lines = model.trace ? [...runs, model.trace] : runs;
  const hasFar = lines.some((line) => line.distance.some((d) => d > FAR));
  const zeros = showsLoss ? exactZeros(model.loss, nx) : [];
  const legend = flowLegend([
    ...(showsLoss ? [] : outcomeEntries(pen, model.outcome, look, texts, width < 420)),
    ...pathEntries(pen, runs, look, texts, hasFar && texts("view.far", { distance: FAR })),
    ...(model.trace ? traceEntries(pen, model.trace, look, texts) : []),
    ...(width > (showsLoss ? 420 : 560) ? kinkEntries(pen, kinks, look, texts, !showsLoss) : []),
    ...(zeros.length ? [zeroEntry(pen, look, texts)] : []),
  ], width - 16, height);
  const range = [alpha[0], alpha[nx - 1], beta[0], beta[ny - 1]];
  const frame = { y: 10, height: Math.max(60, height - 10 - 42 - legend.height - 4) };
  const yScale = linearScale(range[2], range[3], frame.y + frame.height, frame.y);
  const yTicks = linearTicks(yScale, texts.language, false);
  frame.x = Math.ceil(widestLabel(yTicks)) + 26;
  frame.width = Math.max(60, width - frame.x - (showsLoss ? lossBarWidth(ceiling, look, texts) + 10 : 14));
  const xScale = linearScale(range[0], range[1], frame.x, frame.x + frame.width);
  const toPixels = (a, b) => [xScale.at(a), yScale.at(b)];
  const toData = (x, y) => [xScale.value(x), yScale.value(y)];
  const placer = makePlacer({ x: frame.x + 2, y: frame.y + 1, width: frame.width - 4, height: frame.height - 2 });
  const paths = runs.map((run) => onPicture(run, toPixels));

  pen.group(texts("view.plane"), () => {
    pen.clip(frame.x, frame.y, frame.width, frame.height, () => {
      const [w, h] = [Math.round(frame.width), Math.round(frame.height)];
      if (showsLoss) {
        pen.image(lossImage(roots, nx, ny, w, h, ceiling, look), w, h, frame.x, frame.y, frame.width, frame.height);
        drawContours(pen, roots, nx, ny, ceiling, frame, look);
        drawLevelLines(pen, roots, nx, ny, ceiling, frame, look);
        const places = gridToPixels(zeros, nx, ny, frame);
        for (let k = 0; k < places.length; k += 2) pen.circle(places[k], places[k + 1], 2.4, zeroStyle(look));
      } else {
        pen.image(outcomeImage(model.outcome, w, h, look), w, h, frame.x, frame.y, frame.width, frame.height);
      }
      for (const at of [...model.marks.map((mark) => mark.at), model.start]) reserve(placer, toPixels(...at));
      const labels = showsLoss ? [] : regionLabels(model.outcome, frame, look, texts, placer);
      const places = model.marks.map((mark) => markPlace(mark, toPixels, placer)); // before those of the kinks
      drawKinks(pen, kinks, toPixels, frame, look, placer, !showsLoss);
      for (const { text, x, y, style } of labels) pen.text(text, x, y, style);
      if (model.trace) drawTrace(pen, onPicture(model.trace, toPixels), look);
      drawRuns(pen, paths, look, texts, placer);
      drawStart(pen, toPixels(...model.start), look);
      drawMarks(pen, model, toPixels, look, places);
    });
  });
  drawAxes(pen, frame,
    { ticks: linearTicks(xScale, texts.language, true), name: texts(model.labels.x.key, model.labels.x.values) },
    { ticks: yTicks, name: texts(model.labels.y.key, model.labels.y.values) }, look);
  if (showsLoss) drawLossBar(pen, { ...frame, x: frame.x + frame.width + 10 }, ceiling, look, texts);
  legend.draw(pen, 8, height - legend.height - 2, look);
  return { toData, toPixels };
}

/** Points of the grid at which the loss is 0, but for rounding, [i0, j0, i1, j1, ...]; of more than 300 a part. */
function exactZeros(loss, nx) {
  const found = [];
  for (let k = 0; k < loss.length; k++) if (loss[k] <= ROUNDING) found.push(k);
  const every = Math.ceil(found.length / 300);
  return found.filter((_, k) => k % every === 0).flatMap((k) => [k % nx, Math.floor(k / nx)]);
}

function zeroStyle(look) {
  return { fill: levelStyle(look, 0).color, stroke: look.background, width: 1 };
}

function zeroEntry(pen, look, texts) {
  return { text: texts("view.exactZero"), draw: (x, y, w) => pen.circle(x + w / 2, y, 3, zeroStyle(look)) };
}

/** A line with its points in pixels, and where it is far from the plane. */
function onPicture(line, toPixels) {
  return { ...line, pixels: mapped(line.points, toPixels), isDotted: (k) => line.distance[k] > FAR };
}

function mapped(points, toPixels) {
  const pixels = new Float64Array(points.length);
  for (let k = 0; k < points.length; k += 2) {
    const at = toPixels(points[k], points[k + 1]);
    pixels[k] = at[0];
    pixels[k + 1] = at[1];
  }
  return pixels;
}

function reserve(placer, [x, y]) {
  placer.occupy(x - 8, y - 8, 16, 16);
}

function gridToPixels(line, nx, ny, frame) {
  return line.map((v, k) =>
    k % 2 ? frame.y + frame.height * (1 - v / (ny - 1)) : frame.x + (frame.width * v) / (nx - 1));
}

/** Contour lines at equal steps of the root of the loss, all in one path. */
function drawContours(pen, roots, nx, ny, ceiling, frame, look) {
  const lines = [];
  for (let k = 1; k < BANDS; k++) lines.push(...contourLines(roots, nx, ny, (Math.sqrt(ceiling) * k) / BANDS));
  const pixels = lines.map((line) => gridToPixels(line, nx, ny, frame));
  pen.polylines(pixels, { stroke: look.text, width: 0.8, opacity: 0.45 });
}

/** The lines at the levels above 0, in the style of each, as in the colour bar. */
function drawLevelLines(pen, roots, nx, ny, ceiling, frame, look) {
  for (const { value, color, dash } of look.levels) {
    if (!(value > 0 && value <= ceiling)) continue;
    const lines = contourLines(roots, nx, ny, Math.sqrt(value)).map((line) => gridToPixels(line, nx, ny, frame));
    pen.polylines(lines, { stroke: color, width: 1.6, dash, halo: casing(color, look), haloWidth: 1.2 });
  }
}

/** Where the label of a mark has room: [x, y, align], or null. */
function markPlace({ at, label }, toPixels, placer) {
  return placer.place(label, SIZE, around(...toPixels(...at), 11));
}

function drawMarks(pen, model, toPixels, look, places) {
  model.marks.forEach(({ at, label }, k) => {
    const style = { size: SIZE, color: look.text, halo: look.background };
    drawMarker(pen, "cross", ...toPixels(...at), 6.5, { fill: look.text, stroke: look.background, width: 1.4 });
    if (places[k]) pen.text(label, places[k][0], places[k][1], { ...style, align: places[k][2] });
  });
}

function drawStart(pen, [x, y], look) {
  pen.circle(x, y, 8, { fill: look.background, stroke: look.text, width: 2.6 });
}
