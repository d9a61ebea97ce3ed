/** The Python code that computes what the page shows. */

import { PARAMETERS } from "../../core/network.js";

/** Points along each axis of the finest map of outcomes. */
const MAP = 200;

/** Return the program for a frame: runs, plane, surface, and the basin map if it is shown. */
export function pythonCode({ state, plane, run, others }) {
  const { settings, color } = state;
  const runs = [run, ...others.map((entry) => entry.run)].map((one) => ({
    start: one.start,
    settings: one.settings,
    shown: one.lastShown < one.settings.steps ? `, :${one.lastShown + 1}` : "", // of a run that diverges
  }));
  const [a0, a1, b0, b1] = plane.range.map(text);
  const lines = [
    "import numpy as np",
    "",
    "import landscape as ls",
    "from landscape import xor",
    "",
    "net = xor.network()",
    "",
    "# the runs: the current one, then those kept",
    "runs = [",
    ...runs.flatMap(({ start: own, settings: how }) => [
      "    ls.train(",
      "        net,",
      `        ${list(own)},`,
      `        ${training(how)},`,
      "    ),",
    ]),
    "]",
    "for run in runs:",
    "    print(run.theta[0, -1].tolist(), run.loss[0, -1])",
    "",
    "# how the first one ends",
    `found = ls.outcomes(net, runs[0].theta[0, 0], ${training(settings)})`,
    "print(found.levels[found.level[0]])",
    "",
    "# the plane",
    ...(plane.problem ? shownPlane(plane.plane) : planeLines(state.plane, runs)),
    `alpha = np.linspace(${a0}, ${a1}, ${plane.alpha.length})`,
    `beta = np.linspace(${b0}, ${b1}, ${plane.beta.length})`,
    "surface = ls.evaluate_plane(net, plane, alpha, beta)",
    "print(surface.loss.min(), surface.loss.max())",
  ];
  if (color === "outcome") {
    lines.push(
      "",
      "# where each start of the plane ends",
      `across, up = np.linspace(${a0}, ${a1}, ${MAP}), np.linspace(${b0}, ${b1}, ${MAP})`,
      `basins = ls.basin_map(net, plane, across, up, ${training(settings)})`,
      "print(basins)",
    );
  }
  return `${lines.join("\n")}\n`;
}

function planeLines(spec, runs) {
  const centre = list(spec.centre);
  const orthogonal = spec.orthogonal ? ", orthogonal=True" : "";
  const random = (rule) => [
    `centre = ${centre}`,
    `rng = np.random.default_rng(${spec.seed})`,
    `plane = ls.random_plane(net, centre, rng=rng, ${rule}${orthogonal})`,
  ];
  switch (spec.kind) {
    case "normalized":
      return random(`bias="${spec.biasRule}"`);
    case "random":
      return random("normalize=False");
    case "coordinates":
      return [
        `centre = ${centre}`,
        `plane = ls.coordinate_plane(net, centre, ${spec.axes.map((axis) => `"${PARAMETERS[axis]}"`).join(", ")})`,
      ];
    case "bowl":
      return ['plane = ls.coordinate_plane(net, xor.TEXTBOOK, "b1[0]", "b1[1]")'];
    case "valley":
      return ['plane = ls.coordinate_plane(net, xor.TEXTBOOK, "b1[0]", "b2[0]")'];
    case "spanned": {
      const [origin, ...others] = spec.points.map(list);
      return [`origin = np.array(${origin})`, ...others.map((point, k) => `d${k + 1} = np.array(${point}) - origin`),
        "plane = ls.Plane(origin, d1, d2)"];
    }
    case "points":
      return ["plane = ls.plane_through(", ...spec.points.map((point) => `    ${list(point)},`), ")"];
    default:
      return [
        `points = np.concatenate([${runs.map(({ shown }, k) => `runs[${k}].theta[0${shown}]`).join(", ")}])`,
        `plane = ls.principal_plane(points, origin=${centre})`,
      ];
  }
}

/** The plane that is still shown when the one asked for does not exist. */
function shownPlane({ origin, d1, d2 }) {
  return ["plane = ls.Plane(", ...[origin, d1, d2].map((values) => `    ${list(values)},`), ")"];
}

/** Optimizer, steps and data type as arguments. */
function training({ optimizer, learningRate, momentum, steps, precision }) {
  const rate = `learning_rate=${text(learningRate)}`;
  const all = optimizer === "SGD" && momentum > 0 ? `${rate}, momentum=${text(momentum)}` : rate;
  return `ls.${optimizer}(${all}), ${steps}${precision === "float32" ? ', dtype="float32"' : ""}`;
}

function list(values) {
  return `[${Array.from(values, text).join(", ")}]`;
}

/** Shortest text that Python reads as the same number. */
function text(value) {
  return String(value);
}
