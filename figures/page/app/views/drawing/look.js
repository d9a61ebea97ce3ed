/** Colours of one theme, from the data of the page, in the forms that drawing needs. */

export const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif';

/**
 * @param {object} looks data.look, made by figures/page/look.py
 * @param {"light"|"dark"} theme
 * @returns {object} the colours of the theme; `lossColors` and `outputColors` hold 256 opaque colours each as
 *   Uint32Array in the byte order of image data, `isDark` says which theme it is
 */
export function makeLook(looks, theme) {
  const colors = looks[theme];
  return {
    ...colors,
    isDark: theme === "dark",
    lossColors: colorTable(colors.losses),
    outputColors: colorTable(colors.outputs),
  };
}

/** Style of a level by its index; that of no level for -1. */
export function levelStyle(look, level) {
  return look.levels[level] ?? look.noLevel;
}

/** A level in words, such as "solved" or "stuck at 1/8". */
export function levelWords(look, level, texts) {
  const style = look.levels[level];
  if (!style) return texts("view.noLevel");
  return style.value === 0 ? texts("view.solved") : texts("view.stuck", { level: style.label });
}

/** A colour "#rrggbb" as a pixel of image data. */
export function pixel(color) {
  const bytes = [1, 3, 5].map((k) => parseInt(color.slice(k, k + 2), 16));
  return new Uint32Array(new Uint8Array([...bytes, 255]).buffer)[0];
}

/** A pixel of image data as "#rrggbb", its brightness multiplied by `light`. */
export function shaded(value, light = 1) {
  const bytes = new Uint8Array(new Uint32Array([value]).buffer);
  const hex = (byte) => Math.round(Math.min(255, byte * light)).toString(16).padStart(2, "0");
  return `#${hex(bytes[0])}${hex(bytes[1])}${hex(bytes[2])}`;
}

/** Black or white, whichever contrasts more with a colour "#rrggbb". */
export function contrasting(color) {
  const [r, g, b] = [1, 3, 5].map((k) => parseInt(color.slice(k, k + 2), 16));
  return 0.299 * r + 0.587 * g + 0.114 * b > 140 ? "#000000" : "#ffffff";
}

/** Colour of the outline that lifts a line of a level off the colours of the loss. */
export function casing(color, look) {
  return look.isDark ? "#000000" : contrasting(color);
}

function colorTable(digits) {
  const table = new Uint32Array(digits.length / 6);
  for (let k = 0; k < table.length; k++) table[k] = pixel("#" + digits.slice(6 * k, 6 * k + 6));
  return table;
}
