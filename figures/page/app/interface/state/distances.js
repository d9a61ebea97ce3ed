/** Distance of the run to the nearest zero of the loss, computed beside the page when the run stays as it is. */

import { spreadSteps, thetasAt } from "./runs.js";

/** Steps of a run whose distance is computed: one takes some milliseconds, and the curve is smooth. */
const STEPS_COMPUTED = 48;
/** Milliseconds without another run after which the computation begins. */
const QUIET_MS = 250;
/** Curves that are remembered: more than are shown, so that one can go back. */
const CURVES_REMEMBERED = 20;

/**
 * Return {of(run), isDone(run), close()}.
 * @param {Context} context see page.js
 */
export function makeDistances({ pool, redraw, window, interaction }) {
  const known = new Map();
  let waiting = 0;
  let wanted = null;
  let job = null;

  function close() {
    window.clearTimeout(waiting);
    if (job) pool().cancel(job.id);
    job = null;
  }

  function compute(run) {
    if (interaction.dragging) {
      waiting = window.setTimeout(compute, QUIET_MS, run);
      return;
    }
    const step = spreadSteps(run.settings.steps, STEPS_COMPUTED);
    const curve = { step, value: new Float64Array(step.length).fill(NaN), isDone: false };
    known.set(run.key, curve);
    if (known.size > CURVES_REMEMBERED) known.delete(known.keys().next().value);
    job = pool().distances({ thetas: thetasAt(run, step) }, (part) => {
      curve.value.set(part.distance, part.first);
      redraw();
    });
    const finish = (isComplete) => {
      if (isComplete) curve.isDone = true;
      else known.delete(run.key); // cancelled for another run
      redraw();
    };
    job.done.then(finish, () => finish(true)); // where the search gave up, the curve has a gap
  }

  return {
    close,
    isDone: (run) => known.get(run.key)?.isDone === true,
    /** Return {step, value}, NaN where not computed yet; null before the first are there. */
    of(run) {
      if (wanted !== run.key && !known.has(run.key)) {
        close();
        wanted = run.key;
        waiting = window.setTimeout(compute, QUIET_MS, run);
      }
      return known.get(run.key) ?? null;
    },
  };
}
