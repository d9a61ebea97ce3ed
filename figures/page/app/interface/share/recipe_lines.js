/** The lines of a recipe for `xorscape render` that draw the lecture's figures nearest to what is seen. */

/** Return TOML; where no other figure fits, that of the network at the start. */
export function recipeLines({ state, plane }, data) {
  const figures = [];
  const { kind, seed, biasRule, orthogonal, centre } = state.plane;
  const { optimizer, learningRate, steps, precision } = state.settings;
  const [a0, a1, b0, b1] = plane.range;
  const isSquare = a0 === -a1 && b0 === -b1 && a1 === b1;
  const points = plane.alpha.length;
  const atTextbook = same(centre, data.textbook);
  if (kind === "bowl" || kind === "valley") {
    if (isSquare && a1 >= 1e-3 && a1 <= 10) figures.push(["sheet", { reach: a1, points }]);
  }
  if (kind === "normalized" && atTextbook) {
    const isLikeFigure = biasRule === "joint" && orthogonal && optimizer === "Adam" && precision === "float64";
    if (isLikeFigure && isSquare && a1 <= 100 && state.color === "outcome") {
      figures.push(["basins", { seed, half_width: a1, resolution: 200, learning_rate: learningRate, steps }]);
    }
    figures.push(["directions", { seeds: [seed], slices: ["random", biasRule], orthogonal, points }]);
  } else if (kind === "random" && atTextbook) {
    figures.push(["directions", { seeds: [seed], slices: ["random"], orthogonal, points }]);
  }
  const offset = offsetOf(state.start, data.textbook);
  const isWithinLimits = offset >= 1e-15 && offset <= 1 && learningRate <= 1 && steps >= 300;
  if (isWithinLimits && optimizer === "Adam") figures.push(["leaving", { offset, learning_rate: learningRate, steps }]);
  if (same(state.start, data.textbook) || figures.length === 0) figures.push(["network", { theta: state.start }]);
  const lines = figures.flatMap(([name, settings]) => [
    "",
    `[figures.${name}]`,
    ...Object.entries(settings).map(([key, value]) => `${key} = ${toml(value)}`),
  ]);
  const only = `only = ${toml(figures.map(([name]) => name))}`;
  return ['out = "out"', 'formats = ["pdf", "svg"]', only, ...lines, ""].join("\n");
}

/** What was added to all parameters of the textbook solution but the last, as the figure `leaving` does; else NaN. */
function offsetOf(start, textbook) {
  const offset = Number((start[4] - textbook[4]).toPrecision(12));
  return textbook.every((value, i) => start[i] === (i === 8 ? value : value + offset)) ? offset : NaN;
}

function same(a, b) {
  return a.every((value, index) => value === b[index]);
}

function toml(value) {
  if (Array.isArray(value)) return `[${value.map(toml).join(", ")}]`;
  if (typeof value === "string") return JSON.stringify(value);
  return String(value);
}
