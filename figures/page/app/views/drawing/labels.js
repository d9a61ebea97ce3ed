/** Places for labels so that none overlaps another or leaves the picture, and legends in lines. */

import { textWidth } from "./pen.js";
import { SMALL } from "./axes.js";

const SAMPLE = 26;
const LINE = 18;

/**
 * Keeps the occupied rectangles within {x, y, width, height}.
 * place(text, size, candidates) returns the first candidate [x, y, align] (y is the middle) that is free, and occupies
 * it; null if none is.
 */
export function makePlacer(bounds) {
  const taken = [];
  const occupy = (x, y, width, height) => taken.push([x, y, x + width, y + height]);
  const isFree = (x0, y0, x1, y1) =>
    x0 >= bounds.x && y0 >= bounds.y && x1 <= bounds.x + bounds.width && y1 <= bounds.y + bounds.height &&
    !taken.some(([a0, b0, a1, b1]) => x0 < a1 && a0 < x1 && y0 < b1 && b0 < y1);
  return {
    occupy,
    place(text, size, candidates) {
      const width = textWidth(text, size);
      for (const candidate of candidates) {
        const [x, y, align] = candidate;
        const left = align === "right" ? x - width : align === "center" ? x - width / 2 : x;
        if (!isFree(left - 1, y - 0.54 * size, left + width + 1, y + 0.54 * size)) continue;
        occupy(left - 1, y - 0.54 * size, width + 2, 1.08 * size);
        return candidate;
      }
      return null;
    },
  };
}

/** Write a text at the first of the candidates that is free; return whether there is one. */
export function writePlaced(pen, placer, text, candidates, style) {
  const place = placer.place(text, style.size, candidates);
  if (place) pen.text(text, place[0], place[1], { ...style, align: place[2] });
  return place !== null;
}

/** Candidates around a point at some distances: right, left, above, below, and the diagonals. */
export function around(x, y, gap = 9) {
  const places = [];
  for (const d of [gap, 1.8 * gap]) {
    places.push([x + d, y - d, "left"], [x + d, y, "left"], [x + d, y + d, "left"], [x - d, y - d, "right"]);
    places.push([x - d, y, "right"], [x - d, y + d, "right"], [x, y - d - 5, "center"], [x, y + d + 5, "center"]);
  }
  return places;
}

/** Positions near `wanted`, in the same order, at least `gap` apart and between low and high. */
export function spread(wanted, gap, low, high) {
  const order = wanted.map((_, k) => k).sort((p, q) => wanted[p] - wanted[q]);
  const at = order.map((k) => Math.min(high, Math.max(low, wanted[k])));
  const least = Math.min(gap, at.length > 1 ? (high - low) / (at.length - 1) : gap);
  for (let round = 0; round < 200; round++) {
    let moved = 0;
    for (let k = 0; k + 1 < at.length; k++) {
      const lack = least - (at[k + 1] - at[k]);
      if (lack <= 1e-6) continue;
      at[k] -= lack / 2;
      at[k + 1] += lack / 2;
      moved = Math.max(moved, lack);
    }
    for (let k = 0; k < at.length; k++) at[k] = Math.min(high, Math.max(low, at[k]));
    if (moved < 0.01) break;
  }
  at[0] = Math.max(low, at[0]);
  for (let k = 1; k < at.length; k++) at[k] = Math.max(at[k], at[k - 1] + least);
  const found = [];
  order.forEach((k, place) => (found[k] = at[place]));
  return found;
}

/**
 * A legend that fills lines of a width and takes at most a fifth of the picture's height; what does not fit is left
 * out, so the most important comes first. Entries are {text, draw(x, y, width)}, the sample centred at y.
 * @returns {{height: number, draw: function(pen, x, y, look)}}
 */
export function flowLegend(entries, width, pictureHeight) {
  const most = Math.max(1, Math.floor((0.2 * pictureHeight) / LINE));
  const lines = [[]];
  let used = 0;
  for (const entry of entries) {
    const needed = SAMPLE + 5 + textWidth(entry.text, SMALL);
    if (used > 0 && used + needed > width) {
      if (lines.length === most) continue;
      lines.push([]);
      used = 0;
    }
    lines.at(-1).push({ ...entry, x: used });
    used += needed + 14;
  }
  return {
    height: entries.length ? lines.length * LINE : 0,
    draw(pen, x, y, look) {
      lines.forEach((line, k) => {
        const middle = y + (k + 0.5) * LINE;
        for (const entry of line) {
          entry.draw(x + entry.x, middle, SAMPLE);
          pen.text(entry.text, x + entry.x + SAMPLE + 5, middle, { size: SMALL, color: look.text });
        }
      });
    },
  };
}
