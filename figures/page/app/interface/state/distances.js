/** Distance of the run to the nearest zero of the loss, computed beside the page when the run stays as it is. */

import { spreadSteps, thetasAt } from "./runs.js";

const POINTS = 48;
const PATIENCE = 250;
const KEPT = 20;

export function makeDistances({ pool, redraw, window, live }) {
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
    if (live.dragging) {
      waiting = window.setTimeout(compute, PATIENCE, run);
      return;
    }
    const step = spreadSteps(run.settings.steps, POINTS);
    const curve = { step, value: new Float64Array(step.length).fill(NaN), isDone: false };
    known.set(run.key, curve);
    if (known.size > KEPT) known.delete(known.keys().next().value);
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
        waiting = window.setTimeout(compute, PATIENCE, run);
      }
      return known.get(run.key) ?? null;
    },
  };
}
