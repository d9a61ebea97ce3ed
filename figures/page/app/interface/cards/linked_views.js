/** Network, decision surface, terrain and curves, all of the point that is shown. */

import { drawCurves } from "../../views/curves.js";
import { drawDecision } from "../../views/decision.js";
import { drawNetwork } from "../../views/network.js";
import { drawTerrain } from "../../views/terrain.js";
import { makeDistances } from "../state/distances.js";
import { hasModifier } from "../keyboard.js";
import { makeNetworkInputs } from "./network_inputs.js";
import { newRun } from "../state/store.js";
import { followPointer, makeViewCard, placeOf } from "./view_card.js";
import { describeCurves, describeDecision, describeNetwork, describeTerrain } from "../words.js";

const WEIGHT_PER_PIXEL = 0.01;

/** Milliseconds of a frame after which the other views wait for the next one, while something moves. */
const BUDGET = 10;
const TURN = { ArrowLeft: [-5, 0], ArrowRight: [5, 0], ArrowUp: [0, 5], ArrowDown: [0, -5] };

/**
 * Return {element, cards, update(frame), repaint(), close()}; `cards` are the four pictures.
 * @param {Context} context see page.js
 */
export function makeLinkedViews(context) {
  const { el, t, window, store, interaction } = context;
  const card = (name, draw, interactive) => makeViewCard({
    el, t, window, name, draw, interactive,
    title: t(`${name}.title`),
    note: el("p", { class: "hint" }, t(`${name}.note`)),
  });
  const network = card("network", drawNetwork, true);
  const decision = card("decision", drawDecision, false);
  const terrain = card("terrain", drawTerrain, true);
  const curves = card("curves", drawCurves, true);
  const distances = makeDistances(context);
  let frame = null;
  let [drawnState, waiting, next] = [null, 0, 0];

  function changeParameter(theta, index, value) {
    const start = Array.from(theta);
    start[index] = Number(value.toPrecision(9));
    newRun(store, { start, step: 0 });
  }
  const inputs = makeNetworkInputs(context, (index, value) => {
    context.actions.pause();
    changeParameter(frame.run.thetaAt(frame.state.step), index, value);
  });
  network.element.append(inputs.element);

  followPointer(network.canvas, (x, y) => {
    const target = nearest(network.mapping()?.targets ?? [], x, y);
    if (!target) return null;
    context.actions.pause();
    const theta = Array.from(frame.run.thetaAt(frame.state.step));
    interaction.dragging = true;
    return {
      move: (_, nowY) => changeParameter(theta, target.index, theta[target.index] + (y - nowY) * WEIGHT_PER_PIXEL),
      end() {
        interaction.dragging = false;
        context.redraw();
      },
    };
  });
  network.canvas.addEventListener("pointermove", (event) => {
    const hit = nearest(network.mapping()?.targets ?? [], ...placeOf(network.canvas, event));
    network.canvas.classList.toggle("draggable", hit !== null);
  });

  const turn = (change, from = store.get().terrain) => store.set({
    terrain: {
      azimuth: withinHalfTurn(from.azimuth + change[0]),
      elevation: Math.min(88, Math.max(5, from.elevation + change[1])),
    },
  });
  followPointer(terrain.canvas, (x, y) => {
    const from = store.get().terrain;
    interaction.dragging = true;
    return {
      move: (nowX, nowY) => turn([(nowX - x) * -0.5, (nowY - y) * 0.4], from),
      end() {
        interaction.dragging = false;
        context.redraw();
      },
    };
  });
  terrain.canvas.addEventListener("keydown", (event) => {
    if (hasModifier(event) || !TURN[event.key]) return;
    event.preventDefault();
    turn(TURN[event.key]);
  });

  const scrub = (x) => context.actions.go(curves.mapping().toData(x, 0)[0]);
  followPointer(curves.canvas, (x) => {
    if (!curves.mapping()) return null;
    scrub(x);
    return { move: scrub, end() {} };
  });
  curves.canvas.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (hasModifier(event) || !by) return;
    event.preventDefault();
    context.actions.by(by * (event.shiftKey ? 1 : Math.max(1, Math.round(frame.state.settings.steps / 100))));
  });

  const isMoving = () => interaction.dragging || interaction.playing;

  /** Draw all; or while something moves as many as the time allows, in turn, and the others in the next frame. */
  function drawInTurn(draw) {
    const begin = window.performance.now();
    if (frame.state !== drawnState || !isMoving()) waiting = draw.length;
    drawnState = frame.state;
    while (waiting > 0) {
      draw[next]();
      next = (next + 1) % draw.length;
      waiting--;
      if (isMoving() && window.performance.now() - begin > BUDGET) break;
    }
    if (waiting > 0) context.redraw();
  }

  const cards = [network, decision, terrain, curves];
  return {
    element: el("div", { class: "views" }, cards.map((view) => view.element)),
    cards,
    repaint: () => cards.forEach((view) => view.repaint()),
    close() {
      distances.close();
      cards.forEach((view) => view.close());
    },
    update(now) {
      frame = now;
      const { state, run, look } = now;
      const theta = run.thetaAt(state.step);
      const isDead = [1, 2].map((unit) => run.description.deaths.some((d) => d.unit === unit && d.step <= state.step));
      drawInTurn([
        () => network.render({ theta, isDead }, look, describeNetwork(t, theta, isDead)),
        () => decision.render({ theta }, look, describeDecision(t, theta)),
        () => curves.render(curvesModel(now, distances), look, describeCurves(t, now, distances.of(run))),
        () => terrain.render(terrainModel(now), look, describeTerrain(t, now)),
      ]);
      curves.canvas.setAttribute("aria-busy", String(!distances.isDone(run)));
      inputs.update(theta);
    },
  };
}

/** The same angle in degrees, from -180 up to 180. */
function withinHalfTurn(angle) {
  return angle - 360 * Math.floor((angle + 180) / 360);
}

/** Index of the drag target at a place, as {index, ...target}, or null. */
function nearest(targets, x, y) {
  const index = targets.findIndex((target) => Math.hypot(target.x - x, target.y - y) <= Math.max(target.radius, 14));
  return index < 0 ? null : { ...targets[index], index };
}

function terrainModel({ plane, state, run, seen, others, label, predicts }) {
  const runs = others.map((entry) => ({
    points: entry.seen.coordinates,
    level: entry.run.description.level,
    isCurrent: false,
    step: entry.settings.steps,
    name: entry.label,
  }));
  runs.push({
    points: seen.coordinates, level: run.description.level, isCurrent: true, step: state.step, name: label,
    hidesEnd: predicts,
  });
  return {
    alpha: plane.alpha,
    beta: plane.beta,
    loss: plane.loss,
    ...state.terrain,
    runs,
    start: [seen.coordinates[0], seen.coordinates[1]],
    labels: plane.plane.labels,
  };
}

function curvesModel({ state, run, number, others }, distances) {
  const curveOf = (of, name, isCurrent) => ({
    name,
    loss: of.loss,
    distanceToTextbook: of.toTextbook,
    distanceToZero: isCurrent ? distances.of(of) : null,
    level: of.description.level,
    isCurrent,
  });
  const runs = [...others.map((entry) => curveOf(entry.run, entry.index + 1, false)), curveOf(run, number, true)];
  return { runs, step: state.step };
}
