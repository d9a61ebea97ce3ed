/** A PNG of image data as a data URI, with stored (uncompressed) blocks: small pictures of few colours in an SVG. */

/**
 * @param {Uint8ClampedArray} rgba opaque pixels, row after row
 * @returns {string} "data:image/png;base64,..."; with a palette if there are at most 256 colours
 */
export function pngDataUri(rgba, width, height) {
  const pixels = new Uint32Array(rgba.buffer, rgba.byteOffset, width * height);
  const indices = new Map();
  for (const value of pixels) {
    if (!indices.has(value)) indices.set(value, indices.size);
    if (indices.size > 256) break;
  }
  const isIndexed = indices.size <= 256;
  const rows = isIndexed ? indexedRows(pixels, indices, width, height) : colorRows(rgba, width, height);
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  header.set([8, isIndexed ? 3 : 2], 8);
  const palette = isIndexed ? [chunk("PLTE", colorRows(bytesOf([...indices.keys()]), indices.size, 1).slice(1))] : [];
  const signature = new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10]);
  const parts = [signature, chunk("IHDR", header), ...palette, chunk("IDAT", zlibStored(rows)), chunk("IEND", [])];
  return "data:image/png;base64," + base64(joined(parts));
}

function bytesOf(values) {
  return new Uint8Array(new Uint32Array(values).buffer);
}

function indexedRows(pixels, indices, width, height) {
  const rows = new Uint8Array(height * (width + 1)); // each row begins with its filter, 0 for none
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) rows[j * (width + 1) + 1 + i] = indices.get(pixels[j * width + i]);
  }
  return rows;
}

function colorRows(rgba, width, height) {
  const rows = new Uint8Array(height * (3 * width + 1));
  for (let j = 0, to = 0; j < height; j++) {
    to++;
    for (let i = 0; i < width; i++, to += 3) {
      const from = 4 * (j * width + i);
      rows[to] = rgba[from];
      rows[to + 1] = rgba[from + 1];
      rows[to + 2] = rgba[from + 2];
    }
  }
  return rows;
}

function zlibStored(bytes) {
  const parts = [new Uint8Array([0x78, 0x01])];
  for (let at = 0; at < bytes.length || at === 0; at += 65535) {
    const block = bytes.subarray(at, at + 65535);
    const isLast = at + 65535 >= bytes.length;
    const n = block.length;
    parts.push(new Uint8Array([isLast ? 1 : 0, n & 255, n >> 8, ~n & 255, (~n >> 8) & 255]), block);
  }
  let [a, b] = [1, 0]; // Adler-32
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  parts.push(new Uint8Array([b >> 8, b & 255, a >> 8, a & 255]));
  return joined(parts);
}

function chunk(name, content) {
  const bytes = new Uint8Array(12 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  bytes.set([...name].map((letter) => letter.charCodeAt(0)), 4);
  bytes.set(content, 8);
  view.setUint32(8 + content.length, crc32(bytes.subarray(4, 8 + content.length)));
  return bytes;
}

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function joined(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function base64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8190) text += String.fromCharCode(...bytes.subarray(at, at + 8190));
  return btoa(text);
}
