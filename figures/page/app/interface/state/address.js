/** The state in the address of the page: written when it has come to rest, read when it changes. */

import { fromFragment, toFragment } from "./fragment.js";
import { defaultState } from "./state.js";

/** Milliseconds without a change after which the address is written. */
const QUIET_MS = 400;

/**
 * Keep the fragment of `window`'s address and a page in step.
 *
 * Scrubbing and turning replace the entry of the history, all else makes a new one, so that "back" undoes a change. In
 * a frame nothing does, since its history is that of the page around it.
 */
export function keepAddress(window, data, language) {
  const base = { ...defaultState(data), language };
  const first = fromFragment(window.location.hash, data, base);
  let written = toFragment(first.state, data);
  let waiting = 0;
  let page = null;

  function write() {
    waiting = 0;
    const fragment = toFragment(page.getState(), data);
    if (fragment === written) return;
    const isNew = window.parent === window && withoutPosition(fragment) !== withoutPosition(written);
    written = fragment;
    try {
      window.history[isNew ? "pushState" : "replaceState"](null, "", `#${fragment}`);
    } catch {
      // A page inside a frame without an address of its own has no history to write to.
    }
  }

  function read() {
    window.clearTimeout(waiting);
    const { state, repaired } = fromFragment(window.location.hash, data, base);
    written = toFragment(state, data);
    page.setState(state);
    return repaired;
  }

  return {
    state: first.state,
    repaired: first.repaired,
    onState(state, { isDragged, isPlayed }) {
      if (isPlayed && waiting) return;
      window.clearTimeout(waiting);
      waiting = isDragged ? 0 : window.setTimeout(write, QUIET_MS);
    },
    /** Follow the address from now on; `onRepaired()` is called when a fragment was damaged. */
    follow(mounted, onRepaired) {
      page = mounted;
      window.addEventListener("popstate", () => {
        if (read().length > 0) onRepaired();
      });
    },
  };
}

function withoutPosition(fragment) {
  return fragment.split("&").filter((part) => !/^(step|azimuth|elevation)=/.test(part)).join("&");
}
