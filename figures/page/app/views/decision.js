/** The output of the network over the input square, with hinge lines of the units and the four samples. */

import { INPUTS, TARGETS, forward } from "../core/network.js";
import { formatFixed } from "../texts/numbers.js";
import { SIZE, SMALL, drawAxes, linearScale } from "./drawing/axes.js";
import { contourLines } from "./contours.js";
import { UNIT_DASHES } from "./kinks.js";
import { flowLegend, makePlacer, writePlaced } from "./drawing/labels.js";
import { shaded } from "./drawing/look.js";

const [LOW, HIGH] = [-0.35, 1.35];
const CELLS = 120;
const RIGHT = 78;

/**
 * @param {object} model {theta: 9 numbers}
 */
export function drawDecision(pen, model, { width, height }, look, texts) {
  const { theta } = model;
  const hinges = [0, 1].map((unit) => hinge(theta, unit));
  const legend = flowLegend([
    ...[0, 1].filter((unit) => hinges[unit]).map((unit) => ({
      text: texts("view.hinge", { unit: unit + 1 }),
      draw: (x, y, w) =>
        pen.polyline([x, y, x + w, y], { stroke: look.units[unit], width: 2.2, dash: UNIT_DASHES[unit] }),
    })),
    { text: texts("view.half"), draw: (x, y, w) => pen.polyline([x, y, x + w, y], { stroke: look.text, width: 1.2 }) },
    ...[0, 1].map((target) => ({
      text: texts("view.target", { value: target }),
      draw: (x, y, w) => pen.circle(x + w / 2, y, 5, sampleStyle(target, look)),
    })),
  ], width - 16, height);
  const side = Math.max(80, Math.min(width - 46 - RIGHT, height - 10 - 42 - legend.height - 4));
  const frame = { x: 46 + Math.max(0, (width - 46 - RIGHT - side) / 2), y: 10, width: side, height: side };
  const xScale = linearScale(LOW, HIGH, frame.x, frame.x + side);
  const yScale = linearScale(LOW, HIGH, frame.y + side, frame.y);
  const toPixels = (a, b) => [xScale.at(a), yScale.at(b)];
  const ticks = (scale) => [
    { at: scale.at(0), label: "0" },
    { at: scale.at(0.5), label: "", minor: true },
    { at: scale.at(1), label: "1" },
  ];

  pen.group(texts("view.decision"), () => {
    pen.clip(frame.x, frame.y, side, side, () => {
      const outputs = outputGrid(theta, CELLS + 1);
      pen.image(outputImage(theta, CELLS * 2, look), CELLS * 2, CELLS * 2, frame.x, frame.y, side, side);
      const half = contourLines(outputs, CELLS + 1, CELLS + 1, 0.5).map((line) =>
        line.map((v, k) => (k % 2 ? frame.y + side * (1 - v / CELLS) : frame.x + (side * v) / CELLS)));
      pen.polylines(half, { stroke: look.text, width: 1.2 });
      hinges.forEach((line, unit) => line && drawHinge(pen, line, unit, theta, toPixels, look));
      const placer = makePlacer(frame);
      for (const input of INPUTS) placer.occupy(...toPixels(...input).map((v) => v - 9), 18, 18);
      forward(theta).outputs.forEach((output, sample) => {
        const [x, y] = toPixels(...INPUTS[sample]);
        pen.circle(x, y, 6.5, sampleStyle(TARGETS[sample], look));
        const label = formatFixed(output, texts.language, Math.abs(output) >= 100 ? 0 : 2);
        const candidates = [[x, y - 19, "center"], [x, y + 19, "center"], [x + 12, y, "left"]];
        const style = { size: SIZE, color: look.text, halo: look.background, bold: true };
        writePlaced(pen, placer, label, candidates, style);
      });
    });
  });
  const name = texts("view.input", { number: "₁" });
  drawAxes(pen, frame, { ticks: ticks(xScale), name }, { ticks: ticks(yScale), name: "" }, look);
  pen.text(texts("view.input", { number: "₂" }), frame.x - 28, frame.y + side / 2, {
    size: SIZE, color: look.text, align: "center", rotate: -90 });
  drawBar(pen, frame, look, texts);
  legend.draw(pen, 8, height - legend.height - 2, look);
}

function sampleStyle(target, look) {
  const fill = target ? look.text : look.background;
  return { fill, stroke: look.text, width: 1.8, halo: look.background, haloWidth: 2 };
}

/** Outputs at n * n points, row after row from the bottom; the outermost lie on the edge, or half a step within. */
function outputGrid(theta, n, isWithin) {
  const [a, b, c, d, e, f, v, w, g] = theta;
  const outputs = new Float64Array(n * n);
  const step = (HIGH - LOW) / (isWithin ? n : n - 1);
  const first = LOW + (isWithin ? step / 2 : 0);
  for (let j = 0, k = 0; j < n; j++) {
    const y = first + j * step;
    for (let i = 0; i < n; i++, k++) {
      const x = first + i * step;
      const one = a * x + c * y + e;
      const two = b * x + d * y + f;
      outputs[k] = (one > 0 ? one * v : 0) + (two > 0 ? two * w : 0) + g;
    }
  }
  return outputs;
}

function outputImage(theta, n, look) {
  const pixels = new Uint32Array(n * n);
  const outputs = outputGrid(theta, n, true);
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < n; i++) {
      const output = outputs[(n - 1 - j) * n + i];
      pixels[j * n + i] = look.outputColors[Math.round(255 * (output > 0 ? (output < 1 ? output : 1) : 0))];
    }
  }
  return new Uint8ClampedArray(pixels.buffer);
}

/** Ends of a unit's hinge line within the square, [x1, x2, x1, x2]; null if it has none there. */
function hinge(theta, unit) {
  const [a, b, c] = [theta[unit], theta[2 + unit], theta[4 + unit]];
  const isWithin = (x) => x >= LOW - 1e-9 && x <= HIGH + 1e-9;
  const ends = [];
  for (const edge of [LOW, HIGH]) {
    const [other, one] = [-(c + a * edge) / b, -(c + b * edge) / a];
    if (isWithin(other)) ends.push([edge, other]);
    if (isWithin(one)) ends.push([one, edge]);
  }
  const apart = (p) => Math.hypot(p[0] - ends[0][0], p[1] - ends[0][1]); // a line through a corner has its end twice
  const last = ends.reduce((best, p) => (apart(p) > apart(best) ? p : best), ends[0]);
  return ends.length > 1 && apart(last) > 1e-6 ? [...ends[0], ...last] : null;
}

/** The line, with two arrows to the side where the unit is active. */
function drawHinge(pen, line, unit, theta, toPixels, look) {
  const [p, q] = [toPixels(line[0], line[1]), toPixels(line[2], line[3])];
  const color = look.units[unit];
  const outline = { halo: look.background, haloWidth: 1.6 };
  pen.polyline([...p, ...q], { stroke: color, width: 2.4, dash: UNIT_DASHES[unit], ...outline });
  const size = Math.hypot(theta[unit], theta[2 + unit]);
  const [dx, dy] = [theta[unit] / size, -theta[2 + unit] / size]; // on the screen, where x2 points up
  for (const share of [0.38, 0.62]) {
    const [x, y] = [p[0] + share * (q[0] - p[0]), p[1] + share * (q[1] - p[1])];
    const [tipX, tipY] = [x + 22 * dx, y + 22 * dy];
    const [backX, backY] = [x + 14 * dx, y + 14 * dy];
    pen.polyline([x, y, backX, backY], { stroke: color, width: 2 });
    pen.polygon([tipX, tipY, backX - 4.5 * dy, backY + 4.5 * dx, backX + 4.5 * dy, backY - 4.5 * dx], { fill: color });
  }
}

function drawBar(pen, frame, look, texts) {
  const [x, y, width, height] = [frame.x + frame.width + 12, frame.y + 11, 12, frame.height - 22];
  const strip = Uint32Array.from(look.outputColors).reverse();
  const edge = { stroke: look.axis, width: 1 };
  pen.image(new Uint8ClampedArray(strip.buffer), 1, strip.length, x, y, width, height);
  pen.polygon([x, y, x + width, y, x + width, y + height, x, y + height], edge);
  pen.polygon([x, y, x + width / 2, y - 9, x + width, y], { ...edge, fill: shaded(look.outputColors[255]) });
  pen.polygon([x, y + height, x + width / 2, y + height + 9, x + width, y + height], {
    ...edge, fill: shaded(look.outputColors[0]) });
  for (const [value, label] of [[0, "0"], [0.5, "1/2"], [1, "1"]]) {
    const at = y + height * (1 - value);
    pen.polyline([x + width, at, x + width + 4, at], edge);
    pen.text(label, x + width + 7, at, { size: SMALL, color: look.text });
  }
  pen.text(texts("view.output"), x + width + 42, frame.y + frame.height / 2, {
    size: SIZE, color: look.text, align: "center", rotate: -90 });
}
