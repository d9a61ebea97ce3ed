/**
 * Random starts: the same numbers as `landscape.numbered_starts`, for any seed and any number of starts.
 *
 * The generator is numpy's default, PCG64 (O'Neill 2014), seeded by numpy's SeedSequence.
 */

/** Starts of a list that are drawn from one random stream. */
const TILE = 256;

const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;
const MASK_64 = (1n << 64n) - 1n, MASK_128 = (1n << 128n) - 1n;

/**
 * The first starts of the list of Keras-default starts that belongs to a seed: Glorot uniform weights, biases 0.
 * @param {number} count
 * @param {number} seed
 * @param {number} [first] number of the first start that is returned
 * @returns {Float64Array} (9 count)
 */
export function kerasStarts(count, seed, first = 0) {
  const starts = new Float64Array(9 * count);
  for (let tile = Math.floor(first / TILE); tile * TILE < first + count; tile++) {
    const drawn = tileOf(seed, tile);
    const begin = Math.max(first, tile * TILE), end = Math.min(first + count, (tile + 1) * TILE);
    starts.set(drawn.subarray(9 * (begin - tile * TILE), 9 * (end - tile * TILE)), 9 * (begin - first));
  }
  return starts;
}

function tileOf(seed, tile) {
  const random = uniformNumbers(seed, [tile, 0]);
  const starts = new Float64Array(9 * TILE);
  for (const [columns, limit] of [[[0, 1, 2, 3], Math.sqrt(6 / 4)], [[6, 7], Math.sqrt(6 / 3)]]) {
    for (let i = 0; i < TILE; i++) {
      for (const k of columns) starts[9 * i + k] = -limit + 2 * limit * random();
    }
  }
  return starts;
}

/**
 * A function that returns the next random number, uniform in [0, 1).
 * @param {number} seed whole number from 0 to 2^53
 * @param {number[]} [key] which of the streams of this seed
 */
export function uniformNumbers(seed, key = []) {
  const [high, low, sequenceHigh, sequenceLow] = seedWords(seed, key);
  const increment = ((((sequenceHigh << 64n) | sequenceLow) << 1n) | 1n) & MASK_128;
  const next = (state) => (state * MULTIPLIER + increment) & MASK_128;
  let state = next((next(0n) + ((high << 64n) | low)) & MASK_128);
  return () => {
    state = next(state);
    const folded = (state >> 64n) ^ (state & MASK_64), turn = state >> 122n;
    const word = ((folded >> turn) | (folded << (64n - turn))) & MASK_64;
    return Number(word >> 11n) / 2 ** 53;
  };
}

/** Four words of 64 bits for a seed, as numpy's SeedSequence mixes them. */
function seedWords(seed, key) {
  const words = (x) => (x < 2 ** 32 ? [x] : [x >>> 0, Math.floor(x / 2 ** 32)]);
  const entropy = words(seed);
  if (key.length) while (entropy.length < 4) entropy.push(0);
  entropy.push(...key.flatMap(words));
  let constant = 0x43b0d7e5;
  const hashed = (value) => {
    const start = value ^ constant;
    constant = Math.imul(constant, 0x931e8875);
    const product = Math.imul(start, constant);
    return product ^ (product >>> 16);
  };
  const mixed = (x, y) => {
    const difference = Math.imul(x, 0xca01f9dd) - Math.imul(y, 0x4973f715);
    return (difference ^ (difference >>> 16)) | 0;
  };
  const pool = [0, 1, 2, 3].map((i) => hashed(entropy[i] ?? 0));
  for (let from = 0; from < 4; from++) {
    for (let to = 0; to < 4; to++) if (from !== to) pool[to] = mixed(pool[to], hashed(pool[from]));
  }
  for (const word of entropy.slice(4)) {
    for (let to = 0; to < 4; to++) pool[to] = mixed(pool[to], hashed(word));
  }
  constant = 0x8b51f9dd;
  const state = Array.from({ length: 8 }, (_, i) => {
    const start = pool[i % 4] ^ constant;
    constant = Math.imul(constant, 0x58f38ded);
    const product = Math.imul(start, constant);
    return BigInt((product ^ (product >>> 16)) >>> 0);
  });
  return [0, 2, 4, 6].map((i) => state[i] | (state[i + 1] << 32n));
}
