/** The state as a readable fragment of the page's address, such as #seed=3&lr=0.01&start=1,1,1,1,0,-1,1,-2,0. */

import { acceptedState, defaultState } from "./state.js";

const LONGEST = 8000;

const numbers = { write: (list) => list.join(","), read: (text) => text.split(",").map(asNumber) };
const word = { write: String, read: (text) => text };
const number = { write: String, read: asNumber };
const flag = { write: (value) => (value ? "1" : "0"), read: asFlag };

/** Name in the fragment -> [path in the state, form]. */
const NAMES = {
  lang: [["language"], word],
  theme: [["theme"], word],
  plane: [["plane", "kind"], word],
  seed: [["plane", "seed"], number],
  bias: [["plane", "biasRule"], word],
  orthogonal: [["plane", "orthogonal"], flag],
  axes: [["plane", "axes"], numbers],
  centre: [["plane", "centre"], numbers],
  range: [["plane", "range"], numbers],
  points: [["plane", "points"], listOfLists()],
  color: [["color"], word],
  optimizer: [["settings", "optimizer"], word],
  lr: [["settings", "learningRate"], number],
  momentum: [["settings", "momentum"], number],
  precision: [["settings", "precision"], word],
  steps: [["settings", "steps"], number],
  start: [["start"], numbers],
  current: [["current"], number],
  step: [["step"], number],
  azimuth: [["terrain", "azimuth"], number],
  elevation: [["terrain", "elevation"], number],
};

/** Return the fragment, without #, that holds the language and all that differs from the default state. */
export function toFragment(state, data) {
  const base = defaultState(data);
  const parts = [];
  for (const [name, [path, form]] of Object.entries(NAMES)) {
    const value = at(state, path);
    const byDefault = name === "step" ? state.settings.steps : at(base, path);
    const isDefault = value === null || JSON.stringify(value) === JSON.stringify(byDefault);
    if (!isDefault || name === "lang") parts.push(`${name}=${form.write(value)}`);
  }
  for (const { name, start, settings } of state.runs) {
    const { optimizer, learningRate, momentum, precision, steps } = settings;
    const values = [encodeURIComponent(name), optimizer, learningRate, momentum, precision, steps, start];
    parts.push(`run=${values.join(";")}`);
  }
  if (state.story !== null) {
    const { step, revealed, answer } = state.story;
    parts.push(`story=${[step, flag.write(revealed), answer ?? ""].join(",")}`);
  }
  return parts.join("&");
}

/**
 * Return {state, repaired} from a fragment with or without #; whatever is damaged is at its default.
 *
 * `repaired` lists what was refused; names that are not known are ignored if the rest is sound.
 */
export function fromFragment(fragment, data, base = defaultState(data)) {
  const whole = fragment.replace(/^#/, "");
  if (whole.length > LONGEST) return { state: base, repaired: ["length"] };
  const given = { plane: {}, settings: {}, terrain: {}, runs: [] };
  const repaired = [];
  for (const piece of whole.split("&").filter((entry) => entry !== "")) {
    const [name, ...rest] = piece.split("=");
    const text = rest.join("=");
    try {
      if (name === "run") given.runs.push(readRun(text));
      else if (name === "story") given.story = readStory(decodeURIComponent(text));
      else if (Object.hasOwn(NAMES, name)) put(given, NAMES[name][0], NAMES[name][1].read(decodeURIComponent(text)));
      else repaired.push("name");
    } catch {
      repaired.push(name); // a broken escape, such as %E0
    }
  }
  if (given.runs.length === 0) delete given.runs;
  const accepted = acceptedState(given, data, base);
  return { state: accepted.state, repaired: [...repaired, ...accepted.repaired] };
}

function readRun(text) {
  const parts = text.split(";").map(decodeURIComponent);
  if (parts.length !== 7) return NaN;
  const [name, optimizer, learningRate, momentum, precision, steps, start] = parts;
  const settings = {
    optimizer, precision, learningRate: asNumber(learningRate), momentum: asNumber(momentum), steps: asNumber(steps),
  };
  return { name, settings, start: numbers.read(start) };
}

function readStory(text) {
  const [step, revealed, answer = "", ...others] = text.split(",");
  if (others.length > 0) return NaN;
  return { step: asNumber(step), revealed: asFlag(revealed), answer: answer === "" ? null : asNumber(answer) };
}

function listOfLists() {
  return {
    write: (lists) => lists.map(numbers.write).join(";"),
    read: (text) => text.split(";").map(numbers.read),
  };
}

function asNumber(text) {
  return typeof text === "string" && /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : NaN;
}

/** True or false; NaN, which no part of the state accepts, for any other text. */
function asFlag(text) {
  return { 0: false, 1: true }[text] ?? NaN;
}

function at(state, path) {
  return path.reduce((value, key) => value[key], state);
}

function put(target, path, value) {
  const owner = path.length === 1 ? target : target[path[0]];
  owner[path.at(-1)] = value;
}
