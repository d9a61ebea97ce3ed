/** Kink lines: in the colour and line style of their hidden unit, labelled by unit and samples. */

import { SAMPLE_NAMES } from "../core/network.js";
import { SMALL } from "./drawing/axes.js";
import { writePlaced } from "./drawing/labels.js";

export const UNIT_DASHES = [[], [7, 3]];

/**
 * Lines of one unit that coincide are joined, with all their samples.
 * @param {{unit: number, sample: number, from: number[], to: number[]}[]} kinks units are 1 and 2
 * @returns {{unit: number, samples: string[], from: number[], to: number[]}[]}
 */
export function distinctKinks(kinks, alpha, beta) {
  const size = [alpha.at(-1) - alpha[0], beta.at(-1) - beta[0]];
  const isNear = (p, q) => p.every((v, k) => Math.abs(v - q[k]) <= 1e-9 * size[k]);
  const found = [];
  for (const { unit, sample, from, to } of kinks) {
    const same = found.find((line) => line.unit === unit && ((isNear(line.from, from) && isNear(line.to, to)) ||
      (isNear(line.from, to) && isNear(line.to, from))));
    if (same) same.samples.push(SAMPLE_NAMES[sample]);
    else found.push({ unit, samples: [SAMPLE_NAMES[sample]], from, to });
  }
  return found;
}

/** Draw distinct kinks; on a map of outcomes in the background's colour with an edge, so that they stand out. */
export function drawKinks(pen, kinks, toPixels, frame, look, placer, isOutline) {
  const lines = kinks.map((line) => ({ ...line, ends: [toPixels(...line.from), toPixels(...line.to)] }));
  for (const { unit, ends } of lines) {
    const color = isOutline ? look.background : look.units[unit - 1];
    const halo = isOutline ? look.text : look.background;
    pen.polyline(ends.flat(), { stroke: color, width: 1.4, dash: UNIT_DASHES[unit - 1], halo, haloWidth: 1.4 });
  }
  for (const { unit, samples, ends } of lines) {
    const label = `h${"₁₂"[unit - 1]}: ${samples.join(", ")}`;
    const style = { size: SMALL, color: isOutline ? look.text : look.units[unit - 1], halo: look.background };
    writePlaced(pen, placer, label, labelPlaces(ends, frame), style);
  }
}

/** Places beside a line, first near its ends. */
function labelPlaces([p, q], frame) {
  const places = [];
  for (const share of [0.06, 0.94, 0.14, 0.86, 0.24, 0.76, 0.35, 0.65, 0.5]) {
    const [x, y] = [p[0] + share * (q[0] - p[0]), p[1] + share * (q[1] - p[1])];
    const isLeft = x < frame.x + frame.width / 2;
    for (const dy of [-10, 10]) places.push([x + (isLeft ? 4 : -4), y + dy, isLeft ? "left" : "right"]);
    for (const dy of [-10, 10]) places.push([x + (isLeft ? -4 : 4), y + dy, isLeft ? "right" : "left"]);
  }
  return places;
}

/** Legend entries of the units that have kinks here. */
export function kinkEntries(pen, kinks, look, texts, isOutline) {
  const units = [1, 2].filter((unit) => kinks.some((line) => line.unit === unit));
  return units.map((unit) => ({
    text: texts("view.kinksOf", { unit }),
    draw: (x, y, w) => pen.polyline([x, y, x + w, y], isOutline
      ? { stroke: look.background, halo: look.text, haloWidth: 1.6, width: 1.7, dash: UNIT_DASHES[unit - 1] }
      : { stroke: look.units[unit - 1], width: 1.7, dash: UNIT_DASHES[unit - 1] }),
  }));
}
