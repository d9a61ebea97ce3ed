/** The terrain: the loss over the plane as a surface that can be turned, with the runs on it. */

import { SIZE, SMALL, linearScale, linearTicks, shortened, widestLabel } from "./drawing/axes.js";
import { contourLines } from "./contours.js";
import { facetsInOrder } from "./drawing/facets.js";
import { flowLegend, makePlacer, spread, writePlaced } from "./drawing/labels.js";
import { casing } from "./drawing/look.js";
import { barTicks, rootsOf, usualCeiling } from "./drawing/loss_scale.js";
import { drawRuns, pathEntries } from "./paths.js";
import { HEIGHT, heightAt, heightField, isHidden, makeView } from "./surface.js";

/**
 * @param {object} model {alpha (nx), beta (ny), loss (ny * nx), azimuth, elevation: in degrees, runs, start, labels: as
 *   of the plane}; paths lie on the surface, dotted where it hides them
 */
export function drawTerrain(pen, model, { width, height }, look, texts) {
  const { alpha, beta, runs } = model;
  const [nx, ny] = [alpha.length, beta.length];
  const ceiling = usualCeiling(model.loss);
  const field = heightField(rootsOf(model.loss), nx, ny, ceiling, facetsFor(width, height));
  const elevation = Math.min(89, Math.max(8, model.elevation));
  const isCut = field.roots.some((root) => !(root <= Math.sqrt(ceiling) * (1 + 1e-12)));
  const legend = flowLegend([
    ...(isCut ? [cutEntry(pen, look, texts, ceiling)] : []),
    ...pathEntries(pen, runs, look, texts, texts("view.hidden")),
    ...levelEntries(pen, look, texts, ceiling),
  ], width - 16, height);

  const [flat, up] = [Math.sin((elevation * Math.PI) / 180), Math.cos((elevation * Math.PI) / 180)];
  const room = height - legend.height - 12;
  const extent = HEIGHT * up + 2 * Math.SQRT2 * flat;
  const scale = Math.min((width - 92) / (2 * Math.SQRT2), (room - 52) / extent);
  const top = (room - 44 - extent * scale) / 2 + 8;
  const view = makeView(model.azimuth, elevation, scale, width / 2, top + scale * (HEIGHT * up + Math.SQRT2 * flat));
  const scaleU = linearScale(alpha[0], alpha[nx - 1], -1, 1);
  const scaleV = linearScale(beta[0], beta[ny - 1], -1, 1);
  const onSurface = (a, b) => {
    const [u, v] = [scaleU.at(a), scaleV.at(b)];
    return [u, v, heightAt(field, u, v)];
  };
  const placer = makePlacer({ x: 2, y: 2, width: width - 4, height: room });

  pen.group(texts("view.terrain"), () => {
    const heights = barTicks(ceiling, look, texts);
    drawGround(pen, view, scaleU, scaleV, heights, ceiling, look, texts, placer, model.labels);
    const { corners, colors } = facetsInOrder(field, view, ceiling, look);
    pen.facets(corners, colors);
    drawHeights(pen, view, heights, ceiling, look, texts, placer, isCut);
    drawLevelLines(pen, field, view, ceiling, look, isCut);
    const shown = runs.map((run) => onTerrain(run, field, view, onSurface));
    drawRuns(pen, shown, look, texts, placer);
    drawStart(pen, view.project(...onSurface(...model.start)), look);
    legend.draw(pen, 8, height - legend.height - 2, look);
  });
}

/** Points along a side: more than about 60 would not be seen, but felt when the terrain is turned. */
function facetsFor(width, height) {
  return Math.max(36, Math.min(61, Math.round(Math.min(width, height) / 8)));
}

function onTerrain(run, field, view, onSurface) {
  const count = run.points.length / 2;
  const pixels = new Float64Array(2 * count);
  const hidden = new Uint8Array(count);
  let [lastX, lastY, last] = [Infinity, Infinity, 0];
  for (let p = 0; p < count; p++) {
    const place = onSurface(run.points[2 * p], run.points[2 * p + 1]);
    const [x, y] = view.project(...place);
    [pixels[2 * p], pixels[2 * p + 1]] = [x, y];
    if (Math.abs(x - lastX) + Math.abs(y - lastY) > 0.7) {
      last = Number(isHidden(field, view, ...place));
      [lastX, lastY] = [x, y];
    }
    hidden[p] = last;
  }
  return { ...run, pixels, isDotted: (p) => hidden[p] === 1 };
}

/** Lines at the levels, and at the ceiling where the terrain is cut; parts behind the surface are left out. */
function drawLevelLines(pen, field, view, ceiling, look, isCut) {
  const lines = look.levels.filter(({ value }) => value > 0 && value < ceiling);
  if (isCut) lines.push({ value: ceiling, color: look.text, dash: [] });
  for (const { value, color, dash } of lines) {
    const z = HEIGHT * Math.sqrt(value / ceiling);
    const seen = [];
    for (const line of contourLines(field.roots, field.nx, field.ny, Math.sqrt(value))) {
      let piece = [];
      for (let k = 0; k < line.length; k += 2) {
        const [u, v] = [(2 * line[k]) / (field.nx - 1) - 1, (2 * line[k + 1]) / (field.ny - 1) - 1];
        if (isHidden(field, view, u, v, z, 0.012)) {
          if (piece.length > 2) seen.push(piece);
          piece = [];
        } else {
          piece.push(...view.project(u, v, z));
        }
      }
      if (piece.length > 2) seen.push(piece);
    }
    pen.polylines(seen, { stroke: color, width: 1.7, dash, halo: casing(color, look), haloWidth: 1.2 });
  }
}

/** Ground and back walls with their grid, ticks and names along the front edges. */
function drawGround(pen, view, scaleU, scaleV, heights, ceiling, look, texts, placer, labels) {
  const [nearU, nearV] = [view.cos > 0 ? 1 : -1, view.sin > 0 ? 1 : -1];
  const grid = { stroke: look.grid, width: 1 };
  const edge = { stroke: look.axis, width: 1 };
  const line = (...places) => places.flatMap((place) => view.project(...place));
  const [ticksU, ticksV] = [scaleU, scaleV].map(({ low, high }) =>
    linearTicks(linearScale(low, high, 0, 240), texts.language, true));
  const [U, V] = [ticksU.map(({ value }) => scaleU.at(value)), ticksV.map(({ value }) => scaleV.at(value))];
  pen.polylines([
    ...U.map((u) => line([u, nearV, 0], [u, -nearV, 0], [u, -nearV, HEIGHT])),
    ...V.map((v) => line([nearU, v, 0], [-nearU, v, 0], [-nearU, v, HEIGHT])),
    ...heights.filter((_, k) => k === 0 || k >= look.levels.length - 1).map(({ loss }) => {
      const z = HEIGHT * Math.sqrt(loss / ceiling);
      return line([nearU, -nearV, z], [-nearU, -nearV, z], [-nearU, nearV, z]);
    }),
    line([-nearU, -nearV, 0], [-nearU, -nearV, HEIGHT]),
  ], grid);
  pen.polyline(line([-nearU, nearV, 0], [nearU, nearV, 0], [nearU, -nearV, 0]), edge);
  nameEdge(pen, view, [-1, nearV], [1, nearV], U, ticksU, texts(labels.x.key, labels.x.values), look, placer);
  nameEdge(pen, view, [nearU, -1], [nearU, 1], V, ticksV, texts(labels.y.key, labels.y.values), look, placer);
}

/** The axis of heights, along the outermost left edge; a surface may lie behind its labels. */
function drawHeights(pen, view, heights, ceiling, look, texts, placer, isCut) {
  const [nearU, nearV] = [view.cos > 0 ? 1 : -1, view.sin > 0 ? 1 : -1];
  const edge = { stroke: look.axis, width: 1 };
  const corners = [[-nearU, nearV], [nearU, -nearV]];
  const [u, v] = corners.sort((p, q) => view.project(...p, 0)[0] - view.project(...q, 0)[0])[0];
  pen.polyline([...view.project(u, v, 0), ...view.project(u, v, HEIGHT)], edge);
  const at = heights.map(({ loss }) => view.project(u, v, HEIGHT * Math.sqrt(loss / ceiling)));
  const places = spread(at.map(([, y]) => y), 14, at.at(-1)[1] - 4, at[0][1] + 4);
  heights.forEach(({ label }, k) => {
    const [x, y] = at[k];
    pen.polyline([x, y, x - 3, y, x - 6, places[k]], edge);
    const text = isCut && k === heights.length - 1 ? `≥ ${label}` : label;
    writePlaced(pen, placer, text, [[x - 8, places[k], "right"]], { size: SMALL, color: look.text });
  });
  const [x, y] = view.project(u, v, HEIGHT);
  const name = texts("view.lossRoot");
  const candidates = [[x, y - 14, "center"], [x - 30, y - 14, "left"], [4, y - 16, "left"], [4, 12, "left"]];
  writePlaced(pen, placer, name, candidates, { size: SIZE, color: look.text, halo: look.background });
}

function nameEdge(pen, view, from, to, along, ticks, name, look, placer) {
  const [p, q] = [view.project(...from, 0), view.project(...to, 0)];
  const [cx, cy] = view.project(0, 0, 0);
  const [dx, dy] = [q[0] - p[0], q[1] - p[1]];
  const length = Math.hypot(dx, dy);
  let [ox, oy] = [-dy / length, dx / length];
  if (ox * ((p[0] + q[0]) / 2 - cx) + oy * ((p[1] + q[1]) / 2 - cy) < 0) [ox, oy] = [-ox, -oy];
  const share = (value) => (value + 1) / 2;
  if (length < 30) return;
  ticks.forEach(({ label }, k) => {
    const [x, y] = [p[0] + share(along[k]) * dx, p[1] + share(along[k]) * dy];
    pen.polyline([x, y, x + 4 * ox, y + 4 * oy], { stroke: look.axis, width: 1 });
    const align = Math.abs(ox) < 0.35 ? "center" : ox > 0 ? "left" : "right";
    writePlaced(pen, placer, label, [[x + 8 * ox, y + 12 * oy, align]], { size: SMALL, color: look.text });
  });
  let turn = (Math.atan2(dy, dx) * 180) / Math.PI;
  if (turn > 90) turn -= 180;
  if (turn < -90) turn += 180;
  const reach = widestLabel(ticks) * (Math.abs(ox) < 0.35 ? 0.5 : 1); // of the labels, along the way outwards
  const distance = 8 * ox * ox + reach * Math.abs(ox) + 12 * oy * oy + 6 * Math.abs(oy) + 10;
  const [x, y] = [(p[0] + q[0]) / 2 + distance * ox, (p[1] + q[1]) / 2 + distance * oy];
  pen.text(shortened(name, length + 20), x, y, { size: SIZE, color: look.text, align: "center", rotate: turn });
}

function drawStart(pen, [x, y], look) {
  if (!Number.isFinite(x + y)) return;
  pen.circle(x, y, 7.5, { fill: look.background, stroke: look.text, width: 2.4 });
  pen.circle(x, y, 2.8, { fill: look.text });
}

function levelEntries(pen, look, texts, ceiling) {
  return look.levels.filter(({ value }) => value > 0 && value < ceiling).map((style) => ({
    text: texts("view.lossAt", { level: style.label }),
    draw: (x, y, w) => pen.polyline([x, y, x + w, y], { stroke: style.color, width: 1.8, dash: style.dash }),
  }));
}

function cutEntry(pen, look, texts, ceiling) {
  const draw = (x, y, w) => pen.polygon([x, y - 5, x + w, y - 5, x + w, y + 5, x, y + 5], { fill: look.clipped });
  return { text: texts("view.cut", { loss: ceiling }), draw };
}
