/** Bars of outcomes: the share of each level among the starts so far, with its interval and the known share. */

import { formatNumber, formatPercent } from "../texts/numbers.js";
import { SMALL, drawAxes, linearScale, linearTicks } from "./drawing/axes.js";
import { flowLegend } from "./drawing/labels.js";
import { levelStyle, levelWords } from "./drawing/look.js";
import { drawMarker } from "./drawing/markers.js";
import { textWidth } from "./drawing/pen.js";

/**
 * @param {object} model {counts: per level, then on no level; n: starts so far; intervals: [low, high] of the share per
 *   level (null before the first start); known: {share, interval} per level, null if nothing is known}
 */
export function drawBars(pen, model, { width, height }, look, texts) {
  const { counts, n, intervals } = model;
  const rows = [...look.levels.keys(), -1];
  const known = model.known ?? rows.map(() => null);
  const knownSample = (x, y, w) => drawKnown(pen, x + w / 2, x + 4, x + w - 4, y, 7, look);
  const legend = flowLegend([
    ...(n > 0 ? [{ text: texts("view.interval"), draw: (x, y, w) => drawWhisker(pen, x, x + w, y, look) }] : []),
    ...(known.some(Boolean) ? [{ text: texts("view.known"), draw: knownSample }] : []),
  ], width - 16, height);
  const names = rows.map((level) => levelWords(look, level, texts));
  const left = Math.max(...names.map((name) => textWidth(name, SMALL))) + 30;
  const numbers = rows.map((_, k) => countText(counts[k], n, texts, width < 420));
  const usual = width < 420 ? "00.0 %" : "1000 (00.0 %)";
  const right = Math.max(...[usual, ...numbers].map((text) => textWidth(text, SMALL))) + 12;
  const frame = { x: left, y: 8, width: Math.max(60, width - left - right), height: height - legend.height - 54 };
  const shares = rows.flatMap((_, k) => [
    n ? counts[k] / n : 0,
    intervals[k]?.[1] ?? 0,
    known[k]?.interval[1] ?? 0,
  ]);
  const top = Math.min(1, Math.max(0.1, Math.ceil(Math.max(...shares.filter((v) => v < 1 || n > 20)) * 10 + 0.3) / 10));
  const scale = linearScale(0, top, frame.x, frame.x + frame.width);
  const ticks = linearTicks(linearScale(0, 100 * top, scale.from, scale.to), texts.language, true,
    (percent, language, decimals) => formatPercent(percent / 100, language, decimals));
  const pitch = frame.height / rows.length;
  const thickness = Math.min(26, pitch * 0.6);
  const middle = (k) => frame.y + (k + 0.5) * pitch;
  const title = n > 0 ? texts("view.starts", { n }) : texts("view.noStarts");

  pen.group(texts("view.bars"), () => {
    pen.polylines(ticks.map(({ at }) => [at, frame.y, at, frame.y + frame.height]), { stroke: look.grid, width: 1 });
    rows.forEach((level, k) => {
      const [y, style] = [middle(k), levelStyle(look, level)];
      if (counts[k] > 0) pen.polygon(box(frame.x, scale.at(counts[k] / n), y, thickness / 2), { fill: style.color });
      if (known[k]) {
        const { share: at, interval } = known[k];
        drawKnown(pen, scale.at(at), ...interval.map((v) => scale.at(v)), y, thickness / 2 + 4, look);
      }
      if (n > 0) drawWhisker(pen, ...intervals[k].map((v) => Math.min(scale.to, scale.at(v))), y, look);
      drawMarker(pen, style.marker, frame.x - 12, y, 5, { fill: style.color, stroke: look.text, width: 1 });
      pen.text(names[k], frame.x - 22, y, { size: SMALL, color: look.text, align: "right" });
      pen.text(numbers[k], width - 4, y, { size: SMALL, color: look.text, align: "right" });
    });
  });
  drawAxes(pen, frame, { ticks, name: title }, { ticks: [], name: "" }, look);
  legend.draw(pen, 8, height - legend.height - 2, look);
}

function countText(count, n, texts, isShort) {
  if (!(n > 0)) return "–";
  const share = formatPercent(count / n, texts.language);
  return isShort ? share : `${formatNumber(count, texts.language)} (${share})`;
}

function box(from, to, y, half) {
  return [from, y - half, to, y - half, to, y + half, from, y + half];
}

function drawWhisker(pen, from, to, y, look) {
  const style = { stroke: look.text, width: 1.8, halo: look.background, haloWidth: 2 };
  pen.polylines([[from, y, to, y], [from, y - 5, from, y + 5], [to, y - 5, to, y + 5]], style);
}

/** The known share: a line across the bar between small triangles, on the field of its interval. */
function drawKnown(pen, at, from, to, y, half, look) {
  pen.polygon(box(from, to, y, half), { fill: look.noLevel.color, opacity: 0.35 });
  pen.polyline([at, y - half, at, y + half], { stroke: look.text, width: 2, halo: look.background, haloWidth: 1.6 });
  pen.polygon([at - 4.5, y - half - 5, at + 4.5, y - half - 5, at, y - half + 1], { fill: look.text });
}
