/** Shortcuts that hold on the whole page, unless the key means something else where the focus is. */

const TYPING = "input:not([type=range]):not([type=radio]):not([type=checkbox]), select, textarea, dialog";
const PRESSED_BY_SPACE = "button, summary, a, input";

/** Whether a key is pressed with one that makes it a shortcut of the browser. */
export function hasModifier(event) {
  return event.ctrlKey || event.altKey || event.metaKey;
}

/** Listen at `target`; `context.actions` has what the keys do. Returns a function that stops listening. */
export function listenToKeys(target, context) {
  const keys = {
    " ": () => context.actions.toggle(),
    ",": () => context.actions.by(-1),
    ".": () => context.actions.by(1),
    k: () => context.actions.keep(),
    "?": () => context.actions.openHelp(),
  };
  function onKey(event) {
    const at = event.composedPath()[0];
    if (event.defaultPrevented || hasModifier(event) || at.closest?.(TYPING)) return;
    if (event.key === " " && at.closest?.(PRESSED_BY_SPACE)) return;
    const act = keys[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  }
  target.addEventListener("keydown", onKey);
  return () => target.removeEventListener("keydown", onKey);
}
