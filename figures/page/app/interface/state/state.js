/** The state of the page: its default, and what is accepted from a link or a notebook. */

import { BIAS_RULES, makePlane } from "../../core/directions.js";
import { pointAt } from "../../core/plane.js";
import { CHOICES } from "../../story/story.js";
import { LARGEST } from "./runs.js";

export const LANGUAGES = ["en", "de"];
export const THEMES = ["auto", "light", "dark"];
export const PLANE_KINDS = ["normalized", "random", "coordinates", "bowl", "valley", "principal", "points", "spanned"];

/** Whether a plane is one through the three points of its specification. */
export function isThroughPoints({ kind }) {
  return kind === "points" || kind === "spanned";
}

export const COLORS = ["loss", "outcome"];
export const PRECISIONS = ["float64", "float32"];
export const LEARNING_RATES = { Adam: 1e-3, SGD: 1e-2, RMSprop: 1e-3 };
export const OPTIMIZER_NAMES = Object.keys(LEARNING_RATES);
export const MOST_RUNS = 6;
export const MOST_STEPS = 20000;
/** Largest size of the ends of a range, and the width that it must exceed. */
const FARTHEST = 1e4;
const NARROWEST = 1e-9;
const LONGEST_NAME = 40;

/** Coordinates, on the plane of the lecture's basins, of the start that is shown first. */
const FIRST_START = [1.2, -0.2];

/** Another function with the same outputs: the textbook's two hidden units exchanged. */
export function exchanged(theta) {
  return [1, 0, 3, 2, 5, 4, 7, 6, 8].map((index) => theta[index]);
}

/**
 * State of a page that nobody has touched: the plane of the lecture's basins, and a start on it.
 *
 * A range of null is found from the plane and the runs.
 */
export function defaultState(data) {
  const textbook = [...data.textbook];
  return {
    language: "en",
    theme: "auto",
    plane: {
      ...data.basins.plane,
      axes: [4, 5],
      centre: textbook,
      range: null,
      points: [textbook, exchanged(textbook), textbook.map(() => 0)],
    },
    color: "loss",
    settings: { optimizer: "Adam", learningRate: 1e-2, momentum: 0, precision: "float64", steps: 2000 },
    start: Array.from(pointAt(makePlane({ ...data.basins.plane, centre: textbook }, data, []), ...FIRST_START)),
    runs: [],
    current: -1,
    step: 2000,
    terrain: { azimuth: -60, elevation: 35 },
    story: null,
  };
}

/**
 * Return {state, repaired}: the given state with every part that is missing or not acceptable at its default.
 *
 * `repaired` lists the parts that were given but refused. Numbers must be finite and within bounds.
 */
export function acceptedState(given, data, base = defaultState(data)) {
  const repaired = [];
  const source = isRecord(given) ? given : {};
  const take = (from, name, fallback, accept, path = name) => {
    if (from[name] === undefined) return fallback;
    const value = accept(from[name]);
    if (value === undefined) repaired.push(path);
    return value === undefined ? fallback : value;
  };
  const part = (name, accepts) => {
    const from = take(source, name, {}, (value) => (isRecord(value) ? value : undefined));
    const entries = Object.entries(accepts);
    return Object.fromEntries(
      entries.map(([key, accept]) => [key, take(from, key, base[name][key], accept, `${name}.${key}`)]),
    );
  };
  const settings = part("settings", SETTINGS);
  const state = {
    language: take(source, "language", base.language, oneOf(LANGUAGES)),
    theme: take(source, "theme", base.theme, oneOf(THEMES)),
    plane: part("plane", planeRules(data)),
    color: take(source, "color", base.color, oneOf(COLORS)),
    settings,
    start: take(source, "start", base.start, theta),
    runs: take(source, "runs", base.runs, acceptedRuns),
    current: take(source, "current", base.current, whole(-1, MOST_RUNS - 1)),
    step: take(source, "step", base.step === base.settings.steps ? settings.steps : base.step, whole(0, MOST_STEPS)),
    terrain: part("terrain", { azimuth: number(-3600, 3600), elevation: number(0, 90) }),
    story: take(source, "story", base.story, acceptedStory),
  };
  state.step = Math.min(state.step, settings.steps);
  if (!isSame(state, state.runs[state.current])) state.current = -1;
  return { state, repaired };
}

/** Whether the run that is walked is a kept one. */
function isSame({ start, settings }, kept) {
  return JSON.stringify([start, settings]) === JSON.stringify([kept?.start, kept?.settings]);
}

/** Learning rate, momentum and number of steps within these bounds are accepted. */
export const BOUNDS = { learningRate: [1e-6, 10], momentum: [0, 0.999], steps: [1, MOST_STEPS] };

const SETTINGS = {
  optimizer: oneOf(OPTIMIZER_NAMES),
  learningRate: number(...BOUNDS.learningRate),
  momentum: number(...BOUNDS.momentum),
  precision: oneOf(PRECISIONS),
  steps: whole(...BOUNDS.steps),
};

function planeRules(data) {
  const seeds = Object.keys(data.seeds);
  return {
    kind: oneOf(PLANE_KINDS),
    seed: (value) => (Number.isInteger(value) && seeds.includes(String(value)) ? value : undefined),
    biasRule: oneOf(BIAS_RULES),
    orthogonal: oneOf([true, false]),
    axes: (value) => {
      const axes = listOf(2, whole(0, 8))(value);
      return axes && axes[0] !== axes[1] ? axes : undefined;
    },
    centre: theta,
    range: (value) => (value === null ? null : acceptedRange(value)),
    points: listOf(3, theta),
  };
}

/** A range [a0, a1, b0, b1] of a plane, or undefined for what is none. */
export function acceptedRange(value) {
  const range = listOf(4, number(-FARTHEST, FARTHEST))(value);
  return range && Math.min(range[1] - range[0], range[3] - range[2]) > NARROWEST ? range : undefined;
}

function acceptedRuns(value) {
  if (!Array.isArray(value) || value.length > MOST_RUNS) return undefined;
  const runs = value.map((run) => {
    if (!isRecord(run) || !isRecord(run.settings)) return undefined;
    const start = theta(run.start);
    const entries = Object.entries(SETTINGS).map(([key, accept]) => [key, accept(run.settings[key])]);
    if (start === undefined || entries.some(([, setting]) => setting === undefined)) return undefined;
    return { name: cleanName(run.name), start, settings: Object.fromEntries(entries) };
  });
  return runs.includes(undefined) ? undefined : runs;
}

/** A name of a run: one line of at most 40 characters. */
export function cleanName(value) {
  const text = typeof value === "string" ? value : "";
  const line = text.replace(/[\u0000-\u001f\u007f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, " ");
  const letters = [...line].filter((letter) => !/^[\ud800-\udfff]$/.test(letter)); // no halves of a surrogate pair
  return letters.slice(0, LONGEST_NAME).join("");
}

function acceptedStory(value) {
  if (value === null) return null;
  if (!isRecord(value)) return undefined;
  const { step, revealed = false, answer = null } = value;
  if (whole(0, CHOICES.length - 1)(step) === undefined || typeof revealed !== "boolean") return undefined;
  if (answer !== null && whole(0, CHOICES[step] - 1)(answer) === undefined) return undefined;
  return { step, revealed, answer };
}

function oneOf(values) {
  return (value) => (values.includes(value) ? value : undefined);
}

function number(low, high) {
  return (value) => (Number.isFinite(value) && value >= low && value <= high ? value : undefined);
}

function whole(low, high) {
  return (value) => (Number.isInteger(value) ? number(low, high)(value) : undefined);
}

function listOf(length, accept) {
  return (value) => {
    if (!Array.isArray(value) && !ArrayBuffer.isView(value)) return undefined;
    if (value.length !== length) return undefined;
    const items = Array.from(value, accept);
    return items.includes(undefined) ? undefined : items;
  };
}

function theta(value) {
  return listOf(9, number(-LARGEST, LARGEST))(value);
}

function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
