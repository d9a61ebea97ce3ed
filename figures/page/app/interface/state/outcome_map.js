/** The map of where each start of the plane ends: a coarse map first, then a fine one, computed while one watches. */

import { NO_LEVEL, PENDING } from "../../core/level_codes.js";
import { grid } from "./plane_state.js";

const PASSES = [40, 200];

/**
 * Return {update(frame), stop(), close()}; what is complete stays when it is closed.
 * @param {Context} context see page.js
 */
export function makeOutcomeMap({ pool, redraw, t, interaction, say }) {
  const { outcomeMap } = interaction; // of the page in another language
  let key = outcomeMap?.isDone ? outcomeMap.key : null;
  let job = null;
  if (!key) interaction.outcomeMap = null;

  function cancel() {
    if (job) pool().cancel(job.id);
    job = null;
  }

  function stop() {
    cancel();
    key = null;
    interaction.outcomeMap = null;
    return null;
  }

  async function begin(frame, ownKey) {
    const { plane, range } = frame.plane;
    let coarse = null;
    for (const count of PASSES) {
      const map = { nx: count, ny: count, level: enlarged(coarse, count) };
      let done = 0;
      const alpha = grid(range[0], range[1], count);
      const beta = grid(range[2], range[3], count);
      const { settings } = frame.state;
      job = pool().basinMap({ plane, alpha, beta, settings }, ({ firstRow, rows, level }) => {
        if (key !== ownKey) return;
        map.level.set(level, firstRow * count);
        done += rows;
        const share = done / count;
        const isDone = share === 1 && count === PASSES.at(-1);
        interaction.outcomeMap = { key, share, isDone, map: { ...map, alpha, beta } };
        redraw();
      });
      try {
        await job.done;
      } catch (error) {
        say(t("page.failed", { reason: error.message }));
        return;
      }
      if (key !== ownKey) return;
      coarse = map;
    }
    job = null;
  }

  return {
    stop,
    close: cancel,
    /** Return {map, note}, or null before the first rows are there. */
    update(frame) {
      const now = JSON.stringify([frame.plane.key, frame.state.settings]);
      if (now !== key && !interaction.dragging) {
        stop();
        key = now;
        begin(frame, now);
      }
      const { outcomeMap: shown } = interaction;
      return shown && { map: shown.map, note: note(t, frame.state.settings, shown.map, shown.share) };
    },
  };
}

/** Levels of a coarse map on a finer grid of count x count; PENDING without a coarse map. */
function enlarged(coarse, count) {
  const level = new Int8Array(count * count).fill(PENDING);
  if (!coarse) return level;
  const nearest = (i) => Math.round((i * (coarse.nx - 1)) / (count - 1));
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < count; i++) level[row * count + i] = coarse.level[nearest(row) * coarse.nx + nearest(i)];
  }
  return level;
}

function note(t, settings, { nx, ny, level }, share) {
  const values = { count: nx * ny, steps: settings.steps, optimizer: settings.optimizer };
  const said = share < 1 ? t("plane.mapGrowing", { ...values, percent: share }) : t("plane.mapDone", values);
  return level.includes(NO_LEVEL) ? `${said} ${t("plane.mapUnsettled")}` : said;
}
