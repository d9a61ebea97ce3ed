/** The network: nodes, edges with the size and sign of their weights, and the nine parameters as values to drag. */

import { SAMPLE_NAMES, forward } from "../core/network.js";
import { formatFixed } from "../texts/numbers.js";
import { SIZE, SMALL } from "./drawing/axes.js";
import { flowLegend } from "./drawing/labels.js";
import { textWidth } from "./drawing/pen.js";

/**
 * @param {object} model {theta: 9 numbers, isDead: [boolean, boolean]}
 * @returns {{targets: {x, y, radius}[]}} where the nine parameters, in their order, can be dragged
 */
export function drawNetwork(pen, model, { width, height }, look, texts) {
  const { theta, isDead } = model;
  const { pre, outputs } = forward(theta);
  const gray = look.noLevel.color;
  const colors = [0, 1].map((unit) => (isDead[unit] ? gray : look.units[unit]));
  const legend = flowLegend([
    { text: texts("view.positive"), draw: (x, y, w) => drawEdge(pen, [x, y], [x + w, y], 1, look.text, look) },
    { text: texts("view.negative"), draw: (x, y, w) => drawEdge(pen, [x, y], [x + w, y], -1, look.text, look) },
    { text: texts("view.dotsMeaning"), draw: (x, y, w) => drawDots(pen, x + w / 2, y, [1, -1], look.text, look) },
  ], width - 16, height);

  const room = height - legend.height - 8;
  const radius = Math.max(15, Math.min(24, Math.min(width, room) / 16));
  const columns = [radius + 10 + width * 0.03, width * 0.5, width - Math.max(42, width * 0.12)];
  const upper = Math.max(radius + 56, room * 0.27); // room for the bias and the dots above the node
  const lower = room - upper;
  const inputs = [[columns[0], upper], [columns[0], lower]];
  const hidden = [[columns[1], upper], [columns[1], lower]];
  const output = [columns[2], (upper + lower) / 2];
  const targets = [];
  const value = (index, x, y, color, prefix = "") => {
    targets[index] = drawValue(pen, theta[index], x, y, color, prefix, look, texts);
  };

  pen.group(texts("view.network"), () => {
    for (const [index, from, to, unit] of edges(inputs, hidden, output)) {
      const [p, q] = [moved(from, to, radius + 2), moved(to, from, radius + 3)];
      drawEdge(pen, p, q, theta[index], colors[unit], look);
    }
    inputs.forEach(([x, y], k) => drawNode(pen, x, y, radius, `x${"₁₂"[k]}`, look.text, look));
    hidden.forEach(([x, y], k) => {
      drawNode(pen, x, y, radius, `h${"₁₂"[k]}`, colors[k], look, isDead[k]);
      const away = k === 0 ? -1 : 1; // outwards from the middle of the picture
      const signs = SAMPLE_NAMES.map((_, sample) => pre[2 * sample + k]);
      if (isDead[k]) {
        const text = { size: SMALL, color: look.text, align: "center", halo: look.background, bold: true };
        pen.text(texts("view.dead"), x, y + away * (radius + 38), text);
      } else {
        drawActivity(pen, x, y + away * (radius + 35), away, signs, colors[k], look);
      }
    });
    drawNode(pen, ...output, radius, "ŷ", look.text, look);
    for (const [index, from, to, unit, share] of edges(inputs, hidden, output)) {
      value(index, from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1]), colors[unit]);
    }
    value(4, hidden[0][0], hidden[0][1] - radius - 14, colors[0], "+");
    value(5, hidden[1][0], hidden[1][1] + radius + 14, colors[1], "+");
    value(8, output[0], output[1] - radius - 14, look.text, "+");
    SAMPLE_NAMES.forEach((name, k) => {
      const y = output[1] + radius + 14 + 16 * k;
      if (y > room - 4) return;
      pen.text(`${name}: ${formatFixed(outputs[k], texts.language, 2)}`, Math.min(output[0], width - 40), y, {
        size: SMALL, color: look.text, align: "center" });
    });
  });
  legend.draw(pen, 8, height - legend.height - 2, look);
  return { targets };
}

function edges(inputs, hidden, output) {
  return [
    [0, inputs[0], hidden[0], 0, 0.52],
    [1, inputs[0], hidden[1], 1, 0.32],
    [2, inputs[1], hidden[0], 0, 0.32],
    [3, inputs[1], hidden[1], 1, 0.52],
    [6, hidden[0], output, 0, 0.5],
    [7, hidden[1], output, 1, 0.5],
  ];
}

function moved(from, to, distance) {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  return [from[0] + (distance / length) * (to[0] - from[0]), from[1] + (distance / length) * (to[1] - from[1])];
}

/** A line as thick as the weight is large, with an arrow if it is positive and a bar if it is negative. */
function drawEdge(pen, from, to, weight, color, look) {
  const width = 1 + 5 * Math.min(1, Math.abs(weight) / 4);
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const [dx, dy] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
  if (!(weight > 0 || weight < 0)) {
    pen.polyline([...from, ...to], { stroke: color, width: 1, dash: [2, 4] });
    return;
  }
  const head = 5 + 1.3 * width;
  if (weight > 0) {
    const [x, y] = [to[0] - head * dx, to[1] - head * dy];
    pen.polyline([...from, x, y], { stroke: color, width });
    const half = 0.5 * head;
    pen.polygon([...to, x - half * dy, y + half * dx, x + half * dy, y - half * dx], { fill: color });
  } else {
    const [x, y] = [to[0] - 2 * dx, to[1] - 2 * dy];
    pen.polyline([...from, x, y], { stroke: color, width });
    const half = 0.7 * head + 1;
    pen.polyline([x - half * dy, y + half * dx, x + half * dy, y - half * dx], { stroke: color, width: 3 });
  }
}

function drawNode(pen, x, y, radius, name, color, look, isDead = false) {
  pen.circle(x, y, radius, { fill: look.background, stroke: color, width: 2.6, dash: isDead ? [4, 4] : [] });
  pen.text(name, x, y, { size: 15, color: isDead ? color : look.text, align: "center", italic: true });
}

function drawValue(pen, value, x, y, color, prefix, look, texts) {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const text = (value >= 0 ? prefix : "") + formatFixed(value, texts.language, digits);
  const half = Math.max(20, textWidth(text, SIZE) / 2 + 7);
  const box = pill(x, y, half, 11);
  pen.polygon(box, { fill: look.background, stroke: color, width: 1.4 });
  pen.text(text, x, y, { size: SIZE, color: look.text, align: "center" });
  return { x, y, radius: Math.max(18, half) };
}

function pill(x, y, half, radius) {
  const corners = [];
  for (let k = 0; k <= 8; k++) {
    const angle = -Math.PI / 2 + (Math.PI * k) / 8;
    corners.push(x + half - radius + radius * Math.cos(angle), y + radius * Math.sin(angle));
  }
  for (let k = 0; k <= 8; k++) {
    const angle = Math.PI / 2 + (Math.PI * k) / 8;
    corners.push(x - half + radius + radius * Math.cos(angle), y + radius * Math.sin(angle));
  }
  return corners;
}

function drawDots(pen, x, y, signs, color, look) {
  signs.forEach((sign, k) => {
    const at = x + 12 * (k - (signs.length - 1) / 2);
    pen.circle(at, y, 4, { fill: sign > 0 ? color : look.background, stroke: color, width: 1.4 });
  });
}

/** One dot per sample, filled where the unit is active. */
function drawActivity(pen, x, y, away, signs, color, look) {
  signs.forEach((sign, k) => {
    const at = x + 21 * (k - 1.5);
    pen.circle(at, y, 4, { fill: sign > 0 ? color : look.background, stroke: color, width: 1.4 });
    const style = { size: SMALL, color: look.text, align: "center", halo: look.background };
    pen.text(SAMPLE_NAMES[k], at, y + 14 * away, style);
  });
}
