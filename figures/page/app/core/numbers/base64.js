/** Small numbers that Python hands over as base64 text, one byte each. */

/** @returns {Int8Array} */
export function int8FromBase64(text) {
  return Int8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
