/** The scale of the loss: linear in its square root, from 0 to a ceiling. Its image and its colour bar. */

import { oncePer } from "../../core/once.js";
import { formatNumber } from "../../texts/numbers.js";
import { SIZE, SMALL, shortened, widestLabel } from "./axes.js";
import { spread } from "./labels.js";
import { drawMarker } from "./markers.js";
import { textWidth } from "./pen.js";
import { casing, pixel } from "./look.js";

/** The highest finite loss; 1 if none is above 0. */
export function highestLoss(loss) {
  let highest = 0;
  for (const value of loss) if (value > highest && value < Infinity) highest = value;
  return highest || 1;
}

/**
 * A ceiling below which at least three quarters of the losses lie, 1, 2 or 5 times a power of ten; the highest loss if
 * that is not much higher. A few high losses at an edge would otherwise flatten the rest of a terrain.
 */
export function usualCeiling(loss) {
  const highest = highestLoss(loss);
  const some = Float64Array.from({ length: Math.ceil(loss.length / 7) }, (_, k) => loss[7 * k]).sort();
  const wanted = some[Math.floor(0.75 * some.length)];
  const power = 10 ** Math.floor(Math.log10(wanted));
  const found = [1, 2, 5, 10].map((factor) => factor * power).find((v) => v >= wanted);
  return found > 0 && found < 0.7 * highest ? found : highest;
}

/** Square roots of losses, which stay the same while a start is dragged; NaN where a loss is not finite. */
export const rootsOf = oncePer((loss) => loss.map((x) => (x < Infinity ? Math.sqrt(x) : NaN)));

/**
 * Image of root losses on a grid (row 0 at the bottom), interpolated to width * height pixels (row 0 at the top).
 * @returns {Uint8ClampedArray} rgba; losses that are not finite are hatched
 */
export function lossImage(roots, nx, ny, width, height, ceiling, look) {
  const pixels = new Uint32Array(width * height);
  const [none, noneHatch] = [look.background, look.noLevel.color].map(pixel);
  const colors = look.lossColors;
  const factor = (colors.length - 1) / Math.sqrt(ceiling);
  const left = new Int32Array(width);
  const share = new Float64Array(width);
  for (let i = 0; i < width; i++) {
    const at = ((i + 0.5) / width) * (nx - 1);
    left[i] = Math.min(nx - 2, Math.floor(at));
    share[i] = at - left[i];
  }
  const row = new Float64Array(nx);
  for (let j = 0; j < height; j++) {
    const at = (1 - (j + 0.5) / height) * (ny - 1);
    const below = Math.min(ny - 2, Math.floor(at));
    const up = at - below;
    for (let i = 0, k = below * nx; i < nx; i++, k++) {
      row[i] = (roots[k] + up * (roots[k + nx] - roots[k])) * factor + 0.5;
    }
    for (let i = 0, to = j * width; i < width; i++, to++) {
      const a = row[left[i]];
      const value = a + share[i] * (row[left[i] + 1] - a);
      if (value >= 0) pixels[to] = colors[Math.min(255, value | 0)];
      else pixels[to] = (i + j) & 4 ? none : noneHatch;
    }
  }
  return new Uint8ClampedArray(pixels.buffer);
}

/** Width of the colours. */
const STRIP = 12;

/** Width that the colour bar needs, with its ticks and its name. */
export function lossBarWidth(ceiling, look, texts) {
  return STRIP + widestLabel(barTicks(ceiling, look, texts)) + 28;
}

/** Colour bar in {x, y, height}: ticks at 0, the levels and the ceiling, 0 marked, its name at the right. */
export function drawLossBar(pen, { x, y, height }, ceiling, look, texts) {
  const width = STRIP;
  const table = look.lossColors;
  const strip = new Uint32Array(table.length);
  table.forEach((color, k) => (strip[table.length - 1 - k] = color));
  pen.image(new Uint8ClampedArray(strip.buffer), 1, table.length, x, y, width, height);
  const edge = { stroke: look.axis, width: 1 };
  pen.polygon([x, y, x + width, y, x + width, y + height, x, y + height], edge);
  const at = (loss) => y + height * (1 - Math.sqrt(loss / ceiling));
  const ticks = barTicks(ceiling, look, texts);
  const places = spread(ticks.map(({ loss }) => at(loss)), 13.5, y + 2, y + height - 1);
  ticks.forEach(({ loss, label, style }, k) => {
    const from = at(loss);
    if (style && loss > 0) {
      const outline = { halo: casing(style.color, look), haloWidth: 1.2 };
      pen.polyline([x, from, x + width, from], { stroke: style.color, width: 1.6, dash: style.dash, ...outline });
    }
    pen.polyline([x + width, from, x + width + 3, from, x + width + 6, places[k]], { stroke: look.axis, width: 1 });
    pen.text(label, x + width + 8, places[k], { size: SMALL, color: look.text, bold: loss === 0 });
  });
  drawMarker(pen, look.levels[0].marker, x + width / 2, y + height, 4, {
    fill: look.levels[0].color, stroke: look.background, width: 1.2 });
  const name = shortened(texts("view.lossRoot"), height);
  pen.text(name, x + lossBarWidth(ceiling, look, texts) - 8, Math.max(y + height / 2, textWidth(name, SIZE) / 2 + 2), {
    size: SIZE, color: look.text, align: "center", rotate: -90 });
}

/** Ticks of the scale: 0, the levels, round losses above them and the ceiling. */
export function barTicks(ceiling, look, texts) {
  const levels = look.levels.filter(({ value }) => value <= ceiling);
  const ticks = levels.map((style) => ({ loss: style.value, label: style.label, style }));
  const highest = Math.max(0, ...ticks.map(({ loss }) => loss));
  for (const share of [0.04, 0.16, 0.36, 1]) {
    const loss = share === 1 ? ceiling : roundDown(ceiling * share);
    if (loss > highest * 1.5 || (share === 1 && loss > highest * 1.05)) {
      ticks.push({ loss, label: formatNumber(loss, texts.language, share === 1 ? 2 : 1) });
    }
  }
  return ticks.filter(({ label }, k) => label !== ticks[k + 1]?.label); // such as 2 below a ceiling of 2.04
}

function roundDown(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [5, 2, 1].map((factor) => factor * power).find((v) => v <= value * 1.0001);
}
