/** The page in an element of a document: all parts, drawn from one state, at most once per frame. */

import { makePool } from "../work/pool.js";
import { makeTexts } from "../texts/texts.js";
import { makeLook } from "../views/drawing/look.js";
import { makeElements } from "./dom.js";
import { listenToKeys } from "./keyboard.js";
import { makeLayout } from "./layout.js";
import { makePlanes } from "./state/plane_state.js";
import { seenInPlane } from "./state/projection.js";
import { makeRuns } from "./state/runs.js";
import { acceptedState } from "./state/state.js";
import { makeStore } from "./state/store.js";

/**
 * @typedef {object} Settings
 * @property {"Adam"|"SGD"|"RMSprop"} optimizer
 * @property {number} learningRate
 * @property {number} momentum of SGD only
 * @property {"float64"|"float32"} precision
 * @property {number} steps
 *
 * @typedef {object} Run a run of training, from state/runs.js
 * @property {string} key the same for the same start and settings
 * @property {number[]} start (9)
 * @property {Settings} settings
 * @property {{theta: Float64Array, loss: Float64Array, state: Float64Array}} path theta: 9 (steps + 1),
 *   loss: steps + 1
 * @property {function(number): Float64Array} thetaAt the parameters (9) at a step
 * @property {object} description from describeRun
 * @property {{step: number[], value: Float64Array}} toTextbook distance to the textbook weights
 *
 * @typedef {object} Frame what is drawn at a time
 * @property {object} state see state/state.js
 * @property {object} look colours of the theme, from makeLook
 * @property {Run} run the current run
 * @property {string} label its name, in the language of the page
 * @property {number} number its number among the kept runs, or the next one
 * @property {{name: string, label: string, index: number, start: number[], settings: Settings, run: Run}[]} kept
 * @property {object[]} others those of `kept` that are not current, with `seen`
 * @property {object} plane {key, plane, range, alpha, beta, loss, kinks, problem?}, from makePlanes
 * @property {object} seen the current run on the plane, from seenInPlane
 * @property {boolean} predicts whether a question waits for a prediction: what becomes of the run is then hidden
 *
 * @typedef {object} Context what the panels share
 * @property {Document} document
 * @property {Window} window
 * @property {object} data from Python
 * @property {{get: function, set: function, listen: function}} store of the state
 * @property {{dragging: boolean, playing: boolean, painting: boolean, line: object|null}} interaction what the pointer
 *   and the player are at, and KEPT
 * @property {string[]} parts of PARTS
 * @property {function(): boolean} prefersStillness
 * @property {function(): object} pool made when first used, see work/pool.js
 * @property {function(): void} redraw in the next frame
 * @property {function(string): void} say a line for everybody, screen readers too
 * @property {function} el makes elements, see dom.js
 * @property {function(string, object=): string} t texts in the language of the page
 * @property {function(Element): void} scrollTo brings an element into view
 * @property {object} actions what keys and panels may do to each other
 */

/** Parts of the page that can be shown: the notebook may ask for a few of them. */
export const PARTS = ["bar", "story", "plane", "walk", "views", "runs", "many", "share"];

/** What is no part of the state, but stays when the page is built anew in another language. */
const KEPT = { many: null, outcomeMap: null, randomStarts: 0, beforeStory: null, enlarged: false };

/**
 * Show the page in `root`, an element or a shadow root.
 *
 * @param {object} options
 *   data: what Python hands over; program: the bundled program as a function, from which workers are made;
 *   state: any part of a state, checked here; onState(state, {isDragged, isPlayed}): called after changes, at most
 *   once a frame; parts: names of PARTS; keyTarget: where shortcuts are
 *   listened for, by default inside of the page only.
 * @returns {{getState, setState, say, close}} setState takes any part of a state and checks it; say(text) shows a line.
 */
export function mountPage(root, { data, program, state = {}, onState = () => {}, parts = PARTS, keyTarget }) {
  const document = root.ownerDocument;
  const window = document.defaultView;
  const holder = document.createElement("div");
  holder.className = "xorscape";
  root.append(holder);
  const store = makeStore(acceptedState(state, data).state);
  const runOf = makeRuns(data);
  const planeOf = makePlanes(data);
  const looks = {};
  const lookOf = (theme) => (looks[theme] ??= makeLook(data.look, theme));
  const interaction = { dragging: false, playing: false, painting: false, line: null, ...KEPT };
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const stillness = window.matchMedia("(prefers-reduced-motion: reduce)");
  let pool = null;
  let layout = null;
  let request = 0;
  let isClosed = false;
  let reported = { state: store.get(), isDragged: false, isPlayed: false };

  const context = {
    document,
    window,
    data,
    store,
    interaction,
    parts,
    prefersStillness: () => stillness.matches,
    pool: () => (pool ??= makePool(program, data)),
    redraw: schedule,
    say: (text) => layout?.say(text),
  };

  function build() {
    const { language } = store.get();
    const focused = holder.getRootNode().activeElement?.id;
    layout?.close();
    holder.replaceChildren();
    holder.lang = language;
    context.el = makeElements(document);
    context.t = makeTexts(language);
    layout = makeLayout(context);
    holder.append(...layout.elements);
    if (focused) holder.querySelector(`#${CSS.escape(focused)}`)?.focus();
    schedule();
  }

  function schedule() {
    if (!request && !isClosed) request = window.requestAnimationFrame(update);
  }

  function update() {
    request = 0;
    const now = store.get();
    const theme = now.theme === "auto" ? (dark.matches ? "dark" : "light") : now.theme;
    holder.dataset.theme = theme;
    const run = runOf(now.start, now.settings);
    const kept = now.runs.map((entry, index) => ({
      ...entry,
      index,
      label: entry.name || context.t("runs.name", { n: index + 1 }),
      run: runOf(entry.start, entry.settings),
    }));
    const others = kept.filter((entry) => entry.index !== now.current);
    const plane = planeOf(now.plane, [run, ...others.map((entry) => entry.run)], interaction.dragging);
    const seen = seenInPlane(plane.plane, run);
    for (const entry of others) entry.seen = seenInPlane(plane.plane, entry.run);
    const { dragging: isDragged, playing: isPlayed } = interaction;
    if (now !== reported.state || isDragged !== reported.isDragged || isPlayed !== reported.isPlayed) {
      reported = { state: now, isDragged, isPlayed };
      onState(now, { isDragged, isPlayed });
    }
    const number = (kept[now.current]?.index ?? kept.length) + 1;
    const label = kept[now.current]?.label ?? context.t("plane.thisRun");
    const predicts = now.story !== null && !now.story.revealed;
    layout.update({ state: now, look: lookOf(theme), run, label, number, kept, others, plane, seen, predicts });
  }

  const stopListening = store.listen((now, before) => {
    if (now.language !== before.language) build();
    schedule();
  });
  const stopKeys = listenToKeys(keyTarget ?? holder, context);
  dark.addEventListener("change", schedule);
  const observer = new window.ResizeObserver(() => layout.repaint());
  observer.observe(holder);
  build();

  return {
    element: holder,
    getState: store.get,
    setState(change) {
      const { state: accepted } = acceptedState(change, data, store.get());
      context.actions.pause();
      store.set(accepted);
    },
    say: context.say,
    close() {
      isClosed = true;
      stopListening();
      stopKeys();
      dark.removeEventListener("change", schedule);
      observer.disconnect();
      window.cancelAnimationFrame(request);
      layout.close();
      pool?.close();
      holder.remove();
    },
  };
}
