/** The page as a widget of a notebook: what changes on the page reaches the notebook's traits, and the reverse. */

import { mountPage } from "./interface/page.js";
import { startWorker as serve } from "./work/worker.js";

/** Parts of the state that are traits of their own; `state` is all of it. */
const PARTS = ["plane", "start", "runs"];
/** Milliseconds between messages to the notebook while something is dragged. */
const PAUSE = 100;

/** What a worker made from this program calls. */
export const startWorker = serve;

/**
 * Show the page in the element that a notebook gives, and return what is to be called when it goes.
 *
 * @param {object} context model: the traits, with get, set, on, off and save_changes; el: the element.
 * @param {object} page program: the bundled program as a function; data: what Python hands over; style: a style sheet.
 */
export function renderWidget({ model, el }, { program, data, style }) {
  const root = el.shadowRoot ?? el.attachShadow({ mode: "open" }); // so that styles of page and notebook do not meet
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  root.adoptedStyleSheets = [sheet];
  let timer = 0;
  const shown = (state) => {
    const parts = model.get("parts");
    const onState = () => { timer ||= setTimeout(send, PAUSE); };
    return mountPage(root, { data, program, state, onState, parts: parts.length > 0 ? parts : undefined });
  };
  let page = shown({ ...model.get("state"), ...given(model) });

  function send() {
    timer = 0;
    const state = page.getState();
    for (const name of PARTS) put(name, state[name]);
    put("state", state);
    model.save_changes();
  }

  function put(name, value) {
    if (!same(model.get(name), value)) model.set(name, structuredClone(value));
  }

  const listeners = [...PARTS, "state"].map((name) => {
    const listener = () => {
      const change = name === "state" ? model.get(name) : { [name]: model.get(name) };
      if (!Object.keys(change).every((key) => same(change[key], page.getState()[key]))) page.setState(change);
    };
    model.on(`change:${name}`, listener);
    return [`change:${name}`, listener];
  });
  const onParts = () => {
    const state = page.getState();
    page.close();
    page = shown(state);
  };
  model.on("change:parts", onParts);
  listeners.push(["change:parts", onParts]);
  send();
  return () => {
    clearTimeout(timer);
    for (const [event, listener] of listeners) model.off(event, listener);
    page.close();
  };
}

/** Return the parts of the state that the notebook has set. */
function given(model) {
  const entries = PARTS.map((name) => [name, model.get(name)]);
  return Object.fromEntries(entries.filter(([, value]) => value !== null && Object.keys(value).length > 0));
}

function same(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}
