/** The map of outcomes: each start in the colour of the level that its run ends on. */

import { NO_LEVEL, PENDING } from "../core/level_codes.js";
import { formatPercent } from "../texts/numbers.js";
import { SIZE } from "./drawing/axes.js";
import { contrasting, levelStyle, levelWords, pixel } from "./drawing/look.js";
import { drawMarker } from "./drawing/markers.js";

/**
 * @param {{nx: number, ny: number, level: Int8Array}} outcome row 0 at the lowest beta; see core/level_codes.js
 * @returns {Uint8ClampedArray} rgba of width * height pixels, each as the nearest point of the grid, whose outermost
 *   points lie on the edge; hatched where on no level, empty where not computed
 */
export function outcomeImage({ nx, ny, level }, width, height, look) {
  const pixels = new Uint32Array(width * height);
  const colors = look.levels.map(({ color }) => pixel(color));
  const [empty, none] = [pixel(look.background), pixel(look.noLevel.color)];
  const column = Int32Array.from({ length: width }, (_, i) => Math.round(((i + 0.5) / width) * (nx - 1)));
  for (let j = 0; j < height; j++) {
    const row = Math.round((1 - (j + 0.5) / height) * (ny - 1)) * nx;
    for (let i = 0; i < width; i++) {
      const index = level[row + column[i]];
      pixels[width * j + i] = index >= 0 ? colors[index] : index === NO_LEVEL && isStripe(i, j) ? none : empty;
    }
  }
  return new Uint8ClampedArray(pixels.buffer);
}

/** Whether a pixel lies on a stripe of the hatching. */
function isStripe(i, j) {
  return (i + j) % 7 < 3;
}

/** Labels of the levels, each where its starts are farthest from those of others, if there is room. */
export function regionLabels({ nx, ny, level }, frame, look, texts, placer) {
  const depth = depths(level, nx, ny);
  const labels = [];
  const [perX, perY] = [frame.width / (nx - 1), frame.height / (ny - 1)];
  for (const index of look.levels.keys()) {
    let deepest = -1;
    for (let k = 0; k < depth.length; k++) {
      if (level[k] === index && !(depth[k] <= depth[deepest])) deepest = k;
    }
    if (deepest < 0 || depth[deepest] * Math.min(perX, perY) < 9) continue;
    const [x, y] = [frame.x + (deepest % nx) * perX, frame.y + frame.height - Math.floor(deepest / nx) * perY];
    const { color, label, value } = look.levels[index];
    const text = value === 0 ? texts("view.solved") : label;
    const place = placer.place(text, SIZE, [[x, y, "center"]]);
    if (!place) continue;
    const style = { size: SIZE, color: contrasting(color), align: place[2], halo: color };
    labels.push({ text, x: place[0], y: place[1], style });
  }
  return labels;
}

/** For each point how many steps away the next one with another value is, over corners too; the edge counts as such. */
function depths(values, nx, ny) {
  const depth = new Float64Array(nx * ny);
  const relax = (k, shifts) => {
    for (const shift of shifts) {
      const found = values[k + shift] === values[k] ? depth[k + shift] + 1 : 1;
      if (found < depth[k]) depth[k] = found;
    }
  };
  for (let j = 1; j < ny - 1; j++) {
    for (let i = 1; i < nx - 1; i++) {
      depth[j * nx + i] = nx + ny;
      relax(j * nx + i, [-1, -nx - 1, -nx, -nx + 1]);
    }
  }
  for (let j = ny - 2; j > 0; j--) {
    for (let i = nx - 2; i > 0; i--) relax(j * nx + i, [1, nx - 1, nx, nx + 1]);
  }
  return depth;
}

/** Legend entries: a field with the level's marker, its name, if short only 1/8, and its share of the starts so far. */
export function outcomeEntries(pen, outcome, look, texts, isShort) {
  const counts = new Map();
  let computed = 0;
  for (const level of outcome.level) {
    if (level === PENDING) continue;
    counts.set(level, (counts.get(level) ?? 0) + 1);
    computed++;
  }
  const shown = [...look.levels.keys()];
  if (counts.has(NO_LEVEL)) shown.push(NO_LEVEL);
  return shown.map((level) => {
    const share = computed ? `: ${formatPercent((counts.get(level) ?? 0) / computed, texts.language)}` : "";
    const words = isShort && level > 0 ? look.levels[level].label : levelWords(look, level, texts);
    return { text: words + share, draw: (x, y, w) => drawField(pen, level, x, y, w, look) };
  });
}

function drawField(pen, level, x, y, width, look) {
  const { color, marker } = levelStyle(look, level);
  const box = [x, y - 6, x + width, y - 6, x + width, y + 6, x, y + 6];
  if (level === NO_LEVEL) drawHatched(pen, x, y - 6, width, 12, look);
  pen.polygon(box, { fill: level === NO_LEVEL ? null : color, stroke: look.text, width: 0.8 });
  if (level === NO_LEVEL) return;
  drawMarker(pen, marker, x + width / 2, y, 3.6, { fill: look.background, stroke: look.text, width: 0.8 });
}

/** A field with the hatching of the map. */
function drawHatched(pen, x, y, width, height, look) {
  const [empty, none] = [pixel(look.background), pixel(look.noLevel.color)];
  const pixels = Uint32Array.from({ length: width * height }, (_, k) =>
    (isStripe(k % width, Math.floor(k / width)) ? none : empty));
  pen.image(new Uint8ClampedArray(pixels.buffer), width, height, x, y, width, height, false);
}
