/** Arrays of numbers that Python hands over as base64 text, in little-endian order. */

function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** @returns {Float64Array} */
export function float64FromBase64(text) {
  return new Float64Array(bytes(text).buffer);
}

/** @returns {Int8Array} */
export function int8FromBase64(text) {
  return new Int8Array(bytes(text).buffer);
}
