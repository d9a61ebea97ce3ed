/**
 * Two pens with the same methods, one for a canvas and one that writes an SVG, so that both show the same picture.
 *
 * Points are flat arrays [x0, y0, x1, y1, ...] in CSS pixels. A style of lines and areas is {stroke, width, dash,
 * fill, opacity, halo, haloWidth}, of text {size, color, align, baseline, rotate, bold, italic, halo, haloWidth}.
 */

import { FONT } from "./look.js";

const SHIFT = { top: 0.8, middle: 0.36, bottom: -0.2, alphabetic: 0 };
const ANCHOR = { left: "start", center: "middle", right: "end" };

/** Draw on a 2-D context whose canvas has width * pixelRatio by height * pixelRatio pixels; clears it first. */
export function makeCanvasPen(context, width, height, pixelRatio = 1) {
  context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.lineJoin = "round";

  function strokeAndFill(trace, style) {
    context.globalAlpha = style.opacity ?? 1;
    context.beginPath();
    trace();
    if (style.fill) {
      context.fillStyle = style.fill;
      context.fill();
    }
    context.lineCap = style.dash?.length ? "butt" : "round";
    context.setLineDash(style.dash ?? []);
    for (const [color, lineWidth] of strokes(style)) {
      context.strokeStyle = color;
      context.lineWidth = lineWidth;
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  function trace(points) {
    context.moveTo(points[0], points[1]);
    for (let k = 2; k < points.length; k += 2) context.lineTo(points[k], points[k + 1]);
  }

  function traceClosed(points) {
    trace(points);
    context.closePath();
  }

  return {
    polyline: (points, style) => points.length > 2 && strokeAndFill(() => trace(points), style),
    polylines: (list, style) => list.length > 0 && strokeAndFill(() => list.forEach(trace), style),
    polygon: (points, style) => strokeAndFill(() => traceClosed(points), style),
    facets(corners, colors) {
      for (let k = 0, at = 0; k < colors.length; k++, at += 8) {
        context.beginPath();
        context.moveTo(corners[at], corners[at + 1]);
        context.lineTo(corners[at + 2], corners[at + 3]);
        context.lineTo(corners[at + 4], corners[at + 5]);
        context.lineTo(corners[at + 6], corners[at + 7]);
        context.fillStyle = colors[k];
        context.fill();
      }
    },
    circle: (x, y, r, style) => strokeAndFill(() => context.arc(x, y, r, 0, 2 * Math.PI), style),

    text(string, x, y, style = {}) {
      const size = style.size ?? 13;
      context.save();
      context.translate(x, y);
      context.rotate(((style.rotate ?? 0) * Math.PI) / 180);
      context.font = `${style.italic ? "italic " : ""}${style.bold ? "600 " : ""}${size}px ${FONT}`;
      context.textAlign = style.align ?? "left";
      context.textBaseline = "alphabetic";
      const shift = SHIFT[style.baseline ?? "middle"] * size;
      if (style.halo) {
        context.strokeStyle = style.halo;
        context.lineWidth = style.haloWidth ?? 3.5;
        context.setLineDash([]);
        context.strokeText(string, 0, shift);
      }
      context.fillStyle = style.color;
      context.fillText(string, 0, shift);
      context.restore();
    },

    image(rgba, w, h, x, y, W, H, smooth = true) {
      context.imageSmoothingEnabled = smooth;
      context.drawImage(imageCanvas(context.canvas.ownerDocument, rgba, w, h), x, y, W, H);
    },

    clip(x, y, w, h, draw) {
      context.save();
      context.beginPath();
      context.rect(x, y, w, h);
      context.clip();
      draw();
      context.restore();
    },

    group: (label, draw) => draw(),
  };
}

/** A canvas with w by h opaque pixels, row after row; without a document, as in a worker, one off screen. */
export function imageCanvas(document, rgba, w, h) {
  const canvas = document ? document.createElement("canvas") : new OffscreenCanvas(w, h);
  [canvas.width, canvas.height] = [w, h];
  canvas.getContext("2d").putImageData(new ImageData(rgba, w, h), 0, 0);
  return canvas;
}

/**
 * Write an SVG of this size; `toString()` returns it as a file of its own.
 * @param {function(Uint8ClampedArray, number, number): string} imageUri of opaque pixels, row after row, and their size
 */
export function makeSvgPen(width, height, imageUri) {
  const parts = [];
  let clips = 0;

  function shape(tag, geometry, style) {
    const opacity = style.opacity === undefined ? "" : ` opacity="${round(style.opacity)}"`;
    const fill = `fill="${style.fill ?? "none"}"`;
    const lines = strokes(style);
    if (lines.length < 2) {
      parts.push(`<${tag} ${geometry} ${fill}${stroked(lines[0], style)}${opacity}/>`);
      return;
    }
    const halo = `<${tag} ${geometry} ${fill}${stroked(lines[0], style)}/>`;
    const line = `<${tag} ${geometry} fill="none"${stroked(lines[1], style)}/>`;
    parts.push(`<g${opacity}>${halo}${line}</g>`);
  }

  return {
    polyline: (points, style) => points.length > 2 && shape("path", `d="${pathData(points)}"`, style),
    polylines: (list, style) => list.length > 0 && shape("path", `d="${list.map(pathData).join("")}"`, style),
    polygon: (points, style) => shape("path", `d="${pathData(points)}Z"`, style),
    facets: (corners, colors) => colors.forEach((color, k) =>
      parts.push(`<path d="${pathData(corners.subarray(8 * k, 8 * k + 8))}" fill="${color}"/>`)),
    circle: (x, y, r, style) => shape("circle", `cx="${round(x)}" cy="${round(y)}" r="${round(r)}"`, style),

    text(string, x, y, style = {}) {
      const size = style.size ?? 13;
      const turn = style.rotate ? ` transform="rotate(${round(style.rotate)} ${round(x)} ${round(y)})"` : "";
      const halo = style.halo
        ? ` stroke="${style.halo}" stroke-width="${style.haloWidth ?? 3.5}" stroke-linejoin="round"` +
          ' paint-order="stroke"'
        : "";
      parts.push(
        `<text x="${round(x)}" y="${round(y + SHIFT[style.baseline ?? "middle"] * size)}" font-size="${size}"` +
          ` fill="${style.color}" text-anchor="${ANCHOR[style.align ?? "left"]}"` +
          `${style.bold ? ' font-weight="600"' : ""}${style.italic ? ' font-style="italic"' : ""}${halo}${turn}>` +
          `${escaped(string.replaceAll("  ", "\u00a0 "))}</text>`, // an SVG would join two spaces, a canvas does not
      );
    },

    image(rgba, w, h, x, y, W, H, smooth = true) {
      const place = `x="${round(x)}" y="${round(y)}" width="${round(W)}" height="${round(H)}"`;
      const rendering = smooth ? "" : ' image-rendering="pixelated"';
      parts.push(`<image ${place}${rendering} preserveAspectRatio="none" href="${imageUri(rgba, w, h)}"/>`);
    },

    clip(x, y, w, h, draw) {
      const name = `clip${++clips}`;
      const area = `<rect x="${round(x)}" y="${round(y)}" width="${round(w)}" height="${round(h)}"/>`;
      parts.push(`<clipPath id="${name}">${area}</clipPath><g clip-path="url(#${name})">`);
      draw();
      parts.push("</g>");
    },

    group(label, draw) {
      parts.push(`<g aria-label="${escaped(label)}">`);
      draw();
      parts.push("</g>");
    },

    toString: () =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
      `viewBox="0 0 ${width} ${height}" font-family="${escaped(FONT)}">` +
      `${parts.join("\n")}</svg>\n`,
  };
}

/** Escape text for XML; characters that XML does not allow are left out. */
function escaped(text) {
  const names = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
  return String(text).replace(forbidden, "").replace(/[&<>"']/g, (letter) => names[letter]);
}

/** An upper bound of the width of a text in pixels, the same for both pens: that of DejaVu Sans, a wide typeface. */
export function textWidth(string, size = 13) {
  let width = 0;
  for (const letter of string) {
    if (/[\u0300-\u036f]/.test(letter)) continue;
    if (/[iljI.,:;|'’!()[\]ft \u00a0\u202f]/.test(letter)) width += 0.36;
    else if (/[mwMW%@–—−+=×<>≥≤→]/.test(letter)) width += 0.9;
    else width += /[A-ZÄÖÜ]/.test(letter) ? 0.71 : 0.62;
  }
  return width * size;
}

function strokes({ stroke, width = 1, halo, haloWidth = 2 }) {
  if (!stroke) return [];
  return halo ? [[halo, width + haloWidth], [stroke, width]] : [[stroke, width]];
}

function stroked(line, { dash }) {
  if (!line) return "";
  const cap = dash?.length ? ` stroke-dasharray="${dash.join(" ")}"` : ' stroke-linecap="round"';
  return ` stroke="${line[0]}" stroke-width="${round(line[1])}" stroke-linejoin="round"${cap}`;
}

function pathData(points) {
  let data = `M${round(points[0])} ${round(points[1])}`;
  for (let k = 2; k < points.length; k += 2) data += `L${round(points[k])} ${round(points[k + 1])}`;
  return data;
}

function round(value) {
  return Math.round(value * 100) / 100;
}
