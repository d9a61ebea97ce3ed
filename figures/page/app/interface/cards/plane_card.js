/** The plane: its picture, dragging of the start, painting of lines of starts, and what the plane leaves out. */

import { pointAt, coordinatesOf } from "../../core/plane.js";
import { loss } from "../../core/network.js";
import { distance } from "../../core/numbers/vectors.js";
import { fractionText } from "../../texts/fractions.js";
import { ROUNDING, drawPlane } from "../../views/plane.js";
import { choice, segments, setText } from "../dom.js";
import { hasModifier } from "../keyboard.js";
import { makeLineOfStarts } from "./line_of_starts.js";
import { makeOutcomeMap } from "../state/outcome_map.js";
import { makePlaneOptions, zoomed } from "./plane_options.js";
import { storyTrace } from "../state/story_trace.js";
import { PLANE_KINDS, exchanged, isThroughPoints } from "../state/state.js";
import { changePlane, newRun } from "../state/store.js";
import { followPointer, makeViewCard } from "./view_card.js";
import { describePlane, leftOut } from "../words.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * Return {element, card, update(frame), repaint(), close()}.
 * @param {Context} context see page.js
 */
export function makePlaneCard(context) {
  const { el, t, window, store, interaction, redraw } = context;
  const outcomeMap = makeOutcomeMap(context);
  const line = makeLineOfStarts(context);
  const options = makePlaneOptions(context);
  let frame = null;

  const kinds = PLANE_KINDS.map((value) => ({ value, label: t(`plane.kind.${value}`) }));
  const kind = choice(el, kinds, store.get().plane.kind, (value) => changePlane(store, { kind: value, range: null }), {
    "aria-label": t("plane.kind"),
  });
  const colors = ["loss", "outcome"].map((value) => ({ value, label: t(`plane.color.${value}`) }));
  const color = segments(el, "xs-color", t("plane.color"), colors, store.get().color, (value) => {
    store.set({ color: value });
  });
  const leftOutNote = el("p", { class: "left-out" });
  const progress = el("p", { class: "map-state" });
  const card = makeViewCard({
    el, t, window, name: "plane", title: t("plane.title"), draw: drawWithLine, interactive: true,
  });
  card.heading.classList.add("unseen");
  const tools = el("div", { class: "plane-tools" }, kind, color.element);
  card.element.prepend(tools);
  const enlarge = el("button", {
    type: "button", class: "round enlarge", on: { click: () => context.actions.enlarge() },
  }, "⤢");
  for (const name of ["aria-label", "title"]) enlarge.setAttribute(name, t("plane.enlarge"));
  const more = el("div", { class: "plane-more" }, options.element, line.button, options.zoom, enlarge);
  card.element.append(leftOutNote, progress, line.note, more);

  function drawWithLine(pen, model, size, look, texts) {
    const mapping = drawPlane(pen, model, size, look, texts);
    line.draw(pen, mapping, model, look, size);
    return mapping;
  }

  function setStart(a, b) {
    const start = Array.from(pointAt(frame.plane.plane, a, b), shortened);
    newRun(store, { start });
  }

  followPointer(card.canvas, (x, y, event) => {
    const mapping = card.mapping();
    if (!mapping) return null;
    if (interaction.painting || event.shiftKey) return line.begin(frame, mapping, x, y);
    line.clear();
    context.actions.pause();
    interaction.dragging = true;
    setStart(...within(mapping.toData(x, y), frame.plane.range));
    return {
      move: (nowX, nowY) => setStart(...within(card.mapping().toData(nowX, nowY), frame.plane.range)),
      end() {
        interaction.dragging = false;
        redraw();
        context.actions.walk();
      },
    };
  });

  card.canvas.addEventListener("keydown", (event) => {
    if (!frame || hasModifier(event)) return;
    const arrow = ARROWS[event.key];
    if (arrow) {
      event.preventDefault();
      const [a0, a1, b0, b1] = frame.plane.range;
      const part = event.shiftKey ? 0.002 : 0.02;
      const { coordinates } = coordinatesOf(frame.plane.plane, Float64Array.from(frame.state.start));
      const target = [coordinates[0] + arrow[0] * part * (a1 - a0), coordinates[1] + arrow[1] * part * (b1 - b0)];
      context.actions.pause();
      setStart(...within(target, frame.plane.range));
    } else if (event.key.toLowerCase() === "l") {
      line.across(frame);
    } else if (event.key === "+" || event.key === "-") {
      changePlane(store, { range: zoomed(frame.plane.range, event.key === "+" ? 0.8 : 1.25) });
    }
  });

  return {
    element: card.element,
    card,
    repaint: card.repaint,
    close() {
      outcomeMap.close();
      line.close();
      card.close();
    },
    update(now) {
      frame = now;
      kind.value = now.state.plane.kind;
      color.set(now.state.color);
      enlarge.setAttribute("aria-pressed", String(interaction.enlarged));
      options.update(now);
      line.update(now);
      const outcome = now.state.color === "outcome" ? outcomeMap.update(now) : outcomeMap.stop();
      card.render(planeModel(now, outcome, context), now.look, describePlane(t, now));
      setText(leftOutNote, now.plane.problem ? t("plane.impossible") : leftOut(t, now));
      setText(progress, outcome?.note ?? "");
    },
  };
}

/** Nine significant digits are enough for a start that is dragged, and make short links. */
function shortened(value) {
  return Number(value.toPrecision(9));
}

function within([a, b], [a0, a1, b0, b1]) {
  return [Math.min(a1, Math.max(a0, a)), Math.min(b1, Math.max(b0, b))];
}

function planeModel(frame, outcome, { data, t }) {
  const { plane, state, run, seen, others } = frame;
  const runs = others.map((entry) => ({
    points: entry.seen.coordinates,
    distance: entry.seen.distance,
    level: entry.run.description.level,
    isCurrent: false,
    step: entry.settings.steps,
    name: entry.label,
  }));
  runs.push({
    points: seen.coordinates, distance: seen.distance, level: run.description.level, isCurrent: true, step: state.step,
    name: frame.label, hidesEnd: frame.predicts,
  });
  return {
    alpha: plane.alpha,
    beta: plane.beta,
    loss: plane.loss,
    color: outcome?.map ? state.color : "loss",
    outcome: outcome?.map ?? null,
    kinks: plane.kinks,
    runs,
    start: [seen.coordinates[0], seen.coordinates[1]],
    marks: marksOf(frame, data, t),
    labels: plane.plane.labels,
    trace: storyTrace(frame, data),
  };
}

/** The plane's own points that have a name. */
function marksOf({ plane, state, run, others, predicts }, data, t) {
  if (plane.problem) return []; // it is another plane that is shown
  const isPoints = isThroughPoints(state.plane);
  const shown = isPoints ? state.plane.points : [state.plane.centre];
  const ends = [run, ...others.map((entry) => entry.run)].flatMap((one) => [0, one.settings.steps].map(one.thetaAt));
  return shown.flatMap((theta, index) => {
    const known = isNear(theta, data.textbook) ? "textbook" : isNear(theta, exchanged(data.textbook)) ? "twin" : null;
    if (!known && ((isPoints && predicts) || ends.some((end) => isNear(end, theta)))) return []; // a run marks it
    const own = isPoints ? pointLabel(index, loss(theta), data, t) : t("plane.mark.centre");
    const { coordinates } = coordinatesOf(plane.plane, Float64Array.from(theta));
    return [{ at: [coordinates[0], coordinates[1]], label: known ? t(`plane.mark.${known}`) : own }];
  });
}

/** Name of a point that the plane goes through; a loss on a level as a fraction. */
function pointLabel(index, value, data, t) {
  if (value <= ROUNDING) return t("plane.mark.solution");
  const level = data.levels.find(({ value: [above, below] }) => above > 0 && Math.abs(value - above / below) < 1e-9);
  return t("plane.mark.point", { n: index + 1, loss: level ? fractionText(level.value) : value });
}

function isNear(a, b) {
  return distance(a, b) < 1e-9;
}
