/** The surface as facets from back to front, in colours of the loss under a light from the left of the viewer. */

import { pixel, shaded } from "./look.js";
import { HEIGHT } from "../surface.js";

const LIGHTS = 24;
const SEAM = 1.2;

/**
 * Each cell of the grid is two triangles, divided along the diagonal whose ends differ less, so that colours follow the
 * contours. A triangle that reaches over the ceiling is divided there. Whatever lies behind comes first.
 * @returns {{corners: Float64Array, colors: string[]}} four corners per facet on the screen; triangles repeat the last.
 *   Their corners are SEAM pixels farther out, so that no gap is seen between neighbours.
 */
export function facetsInOrder(field, view, ceiling, look) {
  const { nx, ny, roots, heights } = field;
  const screen = new Float64Array(2 * nx * ny);
  for (let j = 0, k = 0; j < ny; j++) {
    for (let i = 0; i < nx; i++, k++) {
      const [x, y] = view.project((2 * i) / (nx - 1) - 1, (2 * j) / (ny - 1) - 1, heights[k]);
      screen[2 * k] = x;
      screen[2 * k + 1] = y;
    }
  }
  const top = Math.sqrt(ceiling);
  const colorOf = makeColors(top, look);
  const corners = new Float64Array(32 * (nx - 1) * (ny - 1));
  const colors = [];
  const emit = (color, ...places) => {
    widen(corners, 8 * colors.length, places);
    colors.push(color);
  };
  const triangle = (p, q, r, light) => {
    const over = (roots[p] > top ? 1 : 0) + (roots[q] > top ? 2 : 0) + (roots[r] > top ? 4 : 0);
    if (over === 0 || over === 7) {
      emit(colorOf((roots[p] + roots[q] + roots[r]) / 3, light), ...at(p), ...at(q), ...at(r), ...at(r));
      return;
    }
    if (over === 2 || over === 5) [p, q, r] = [q, r, p]; // so that p alone is on its side of the ceiling
    if (over === 4 || over === 3) [p, q, r] = [r, p, q];
    const [e, f] = [crossing(p, q), crossing(p, r)];
    const [alone, others] = roots[p] > top
      ? [Infinity, (roots[q] + roots[r] + 2 * top) / 4]
      : [(roots[p] + 2 * top) / 3, Infinity];
    emit(colorOf(alone, light), ...at(p), ...e, ...f, ...f);
    emit(colorOf(others, light), ...e, ...at(q), ...at(r), ...f);
  };
  const at = (k) => [screen[2 * k], screen[2 * k + 1]];
  const crossing = (p, q) => {
    const share = (top - roots[p]) / (roots[q] - roots[p]);
    const i = (1 - share) * (p % nx) + share * (q % nx);
    const j = (1 - share) * Math.floor(p / nx) + share * Math.floor(q / nx);
    return view.project((2 * i) / (nx - 1) - 1, (2 * j) / (ny - 1) - 1, HEIGHT);
  };
  const lightOf = makeLight(field, view);
  const [perU, perV] = [view.cos / (nx - 1), view.sin / (ny - 1)];
  for (let b = 0; b < ny - 1; b++) {
    const j = view.sin > 0 ? b : ny - 2 - b;
    for (let a = 0; a < nx - 1; a++) {
      const k = j * nx + (view.cos > 0 ? a : nx - 2 - a);
      const [right, across, up] = [k + 1, k + nx + 1, k + nx];
      const light = lightOf(k);
      if (Math.abs(roots[k] - roots[across]) <= Math.abs(roots[right] - roots[up])) {
        const isRightBehind = perU < perV;
        triangle(k, isRightBehind ? right : up, across, light);
        triangle(k, isRightBehind ? up : right, across, light);
      } else {
        const isFirstBehind = perU + perV > 0;
        triangle(right, isFirstBehind ? k : across, up, light);
        triangle(right, isFirstBehind ? across : k, up, light);
      }
    }
  }
  return { corners: corners.subarray(0, 8 * colors.length), colors };
}

function widen(corners, to, places) {
  const x = (places[0] + places[2] + places[4] + places[6]) / 4;
  const y = (places[1] + places[3] + places[5] + places[7]) / 4;
  for (let c = 0; c < 8; c += 2) {
    const [dx, dy] = [places[c] - x, places[c + 1] - y];
    const longer = 1 + SEAM / Math.max(0.7, Math.sqrt(dx * dx + dy * dy));
    corners[to + c] = x + longer * dx;
    corners[to + c + 1] = y + longer * dy;
  }
}

/** The light on a cell, from 0 to LIGHTS - 1, by the mean slopes of its sides. */
function makeLight({ nx, ny, heights }, view) {
  const [perU, perV] = [(nx - 1) / 4, (ny - 1) / 4];
  const [lu, lv] = [0.55 * view.sin + 0.35 * view.cos, -0.55 * view.cos + 0.35 * view.sin];
  return (k) => {
    const [a, b, c, d] = [heights[k], heights[k + 1], heights[k + nx], heights[k + nx + 1]];
    const [slopeU, slopeV] = [(b + d - a - c) * perU, (c + d - a - b) * perV];
    const facing = (0.75 - slopeU * lu - slopeV * lv) / Math.sqrt(1 + slopeU * slopeU + slopeV * slopeV);
    return Math.max(0, Math.min(LIGHTS - 1, Math.round(((facing + 1) / 2) * (LIGHTS - 1))));
  };
}

/** Colours by root loss and light; grey above the ceiling. */
function makeColors(top, look) {
  const table = look.lossColors;
  const known = new Array((table.length + 1) * LIGHTS);
  return (root, light) => {
    const index = root <= top ? Math.round((root / top) * (table.length - 1)) : table.length;
    const key = index * LIGHTS + light;
    return (known[key] ??= shaded(table[index] ?? pixel(look.clipped), 0.78 + (0.3 * light) / (LIGHTS - 1)));
  };
}
