/** The state of one page and who is told when it changes. */

/**
 * Return {get, set, listen}: `set(change)` merges plain values into the state and tells all listeners (now, before).
 */
export function makeStore(initial) {
  let state = initial;
  const listeners = new Set();
  return {
    get: () => state,
    set(change) {
      const before = state;
      state = { ...state, ...change };
      for (const listener of listeners) listener(state, before);
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Change the run: it is then no longer a kept one, and its end is shown unless `change` has a step. */
export function newRun(store, change) {
  const state = store.get();
  const settings = change.settings ?? state.settings;
  const step = Math.min(change.step ?? settings.steps, settings.steps);
  store.set({ current: -1, ...change, step });
}

/** Change some settings of the run. */
export function changeSettings(store, change) {
  newRun(store, { settings: { ...store.get().settings, ...change } });
}

/** Change some properties of the plane. */
export function changePlane(store, change) {
  store.set({ plane: { ...store.get().plane, ...change } });
}
