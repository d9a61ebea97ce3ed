/** Draw every view with the SVG pen, for tests/page/test_views.py; `given` is {look, sizes}. */
function drawViews(modules, given) {
  const { drawBars } = modules["views/bars"];
  const { contourLines } = modules["views/contours"];
  const { drawCurves } = modules["views/curves"];
  const { drawDecision } = modules["views/decision"];
  const { distinctKinks } = modules["views/kinks"];
  const { makeLook } = modules["views/drawing/look"];
  const { drawLossBar } = modules["views/drawing/loss_scale"];
  const { drawNetwork } = modules["views/network"];
  const { pieces } = modules["views/paths"];
  const { makeSvgPen, textWidth } = modules["views/drawing/pen"];
  const { drawPlane } = modules["views/plane"];
  const { heightField, isHidden, makeView } = modules["views/surface"];
  const { drawTerrain } = modules["views/terrain"];
  const { makeTexts } = modules["texts/texts"];

  /** A portable pixmap as a data URI: Node has no canvas. */
  const imageUri = (rgba, w, h) => {
    const pixels = Buffer.from(rgba.filter((_, k) => k % 4 < 3));
    return `data:image/x-portable-pixmap;base64,${Buffer.concat([Buffer.from(`P6 ${w} ${h} 255\n`), pixels]).toString("base64")}`;
  };
  const look = makeLook(given.look, "light");
  const texts = makeTexts("en");
  const range = (n, low, high) => Float64Array.from({ length: n }, (_, k) => low + ((high - low) * k) / (n - 1));
  const grid = (x, y, f) => Float64Array.from({ length: x.length * y.length }, (_, k) =>
    f(x[k % x.length], y[Math.floor(k / x.length)]));

  const alpha = range(41, -1, 1);
  const beta = range(31, -2, 2);
  const loss = grid(alpha, beta, (a, b) => a * a + 0.5 * b * b);
  const path = Float64Array.from({ length: 80 }, (_, k) => (k % 2 ? 1.5 - k / 60 : 0.8 - k / 100));
  const plane = {
    alpha, beta, loss, color: "loss",
    kinks: [0, 1, 2, 3].map((s) => ({ unit: (s % 2) + 1, sample: s, from: [-1, s - 1.5], to: [1, 1.2 - s / 2] })),
    runs: [{ points: path, distance: path.map((_, k) => k / 80), level: 0, isCurrent: true, step: 12,
        name: "1" },
      { points: path.map((v) => -v), distance: path.map(() => 0), level: 3, isCurrent: false, step: 39, name: "2" }],
    start: [0.8, 1.5], marks: [{ at: [0, 0], label: '<b a="1">&' }],
    labels: {
      x: { key: "axes.normalized", values: { number: 1 } }, y: { key: "axes.normalized", values: { number: 2 } } },
  };
  const level = Int8Array.from({ length: 400 }, (_, k) => [0, 1, 3, -1][Math.floor(k / 100)]);
  const curve = Float64Array.from({ length: 2000 }, (_, k) => (k > 1990 ? 0 : 3 * Math.exp(-k / 80)));
  const step = Array.from({ length: 20 }, (_, k) => 100 * k);
  const models = {
    plane: [drawPlane, plane],
    outcome: [drawPlane, { ...plane, color: "outcome", outcome: { nx: 20, ny: 20, level } }],
    terrain: [drawTerrain, { ...plane, azimuth: -130, elevation: 40 }],
    network: [drawNetwork, { theta: [1, -1.25, 1, 1, 0, -30.5, 1, -2, 0], isDead: [false, true] }],
    decision: [drawDecision, { theta: [1, 1, 1, 1, 0, -1, 1, -2, 0] }],
    curves: [drawCurves, { step: 50, runs: [
      { loss: curve, level: 0, isCurrent: true, name: "1", distanceToZero: null,
        distanceToTextbook: { step, value: step.map((k) => 1 + k) } },
      { loss: curve.map((v) => v + 0.25), level: 3, isCurrent: false, name: "2", distanceToZero: null,
        distanceToTextbook: { step, value: step.map((k) => 300 + k) } },
    ] }],
    bars: [drawBars, { counts: [50, 20, 10, 15, 5], n: 100,
      intervals: [[0.4, 0.6], [0.1, 0.3], [0.05, 0.2], [0.1, 0.2], [0, 0.1]],
      known: [{ share: 0.47, interval: [0.45, 0.49] }, null, null, null, null] }],
  };

  const found = { pictures: {}, boxes: {}, overlaps: {}, roundTrips: {} };
  for (const [name, [draw, model]] of Object.entries(models)) {
    found.pictures[name] = [];
    found.boxes[name] = [];
    found.overlaps[name] = [];
    for (const [width, height] of given.sizes) {
      const pen = makeSvgPen(width, height, imageUri);
      const boxes = [];
      const text = (string, x, y, style) => {
        boxes.push(box(string, x, y, style));
        pen.text(string, x, y, style);
      };
      const mapping = draw({ ...pen, text }, model, { width, height }, look, texts);
      found.pictures[name].push(pen.toString());
      found.boxes[name].push(boxes.map(({ string, bounds }) => [string, ...bounds]));
      found.overlaps[name].push(boxes.flatMap((one, k) =>
        boxes.slice(0, k).filter((other) => overlap(one, other)).map((other) => [one.string, other.string])));
      if (draw === drawNetwork && width === given.sizes[1][0]) found.targets = mapping.targets;
      if (draw === drawPlane) {
        const places = [[0.4, 0.8], [0.75, 1.1]];
        found.roundTrips[name] = places.map((at) => [at, mapping.toData(...mapping.toPixels(...at))]);
      }
    }
  }

  function box(string, x, y, { size = 13, align = "left", baseline = "middle", rotate = 0 }) {
    const width = textWidth(string, size);
    const left = { left: 0, center: -width / 2, right: -width }[align];
    const top = { top: 0, middle: -size / 2, bottom: -size, alphabetic: -size }[baseline];
    const angle = (rotate * Math.PI) / 180;
    const corners = [[left, top], [left + width, top], [left, top + size], [left + width, top + size]].map(([dx, dy]) =>
      [x + dx * Math.cos(angle) - dy * Math.sin(angle), y + dx * Math.sin(angle) + dy * Math.cos(angle)]);
    const [xs, ys] = [corners.map(([px]) => px), corners.map(([, py]) => py)];
    return { string, angle, corners, bounds: [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)] };
  }

  /** Whether two turned boxes overlap by more than a pixel, along the directions of both. */
  function overlap(one, other) {
    return [one.angle, one.angle + Math.PI / 2, other.angle, other.angle + Math.PI / 2].every((angle) => {
      const along = ([x, y]) => x * Math.cos(angle) + y * Math.sin(angle);
      const [p, q] = [one, other].map(({ corners }) => corners.map(along));
      return Math.min(...p) < Math.max(...q) - 1 && Math.min(...q) < Math.max(...p) - 1;
    });
  }

  const unit = range(41, -1, 1);
  found.contours = {
    circle: contourLines(grid(unit, unit, (x, y) => Math.hypot(x, y)), 41, 41, 0.5),
    saddle: contourLines([1, 0, 0, 1], 2, 2, 0.6),
    line: contourLines([0, 2, 0, 2, 0, 2], 2, 3, 1),
    hole: contourLines([0, NaN, 2, 2], 2, 2, 1),
  };
  for (const name of Object.keys(found.contours)) found.contours[name] = found.contours[name].map((line) => [...line]);

  found.lossTicks = [0.3, 1, 2.04, 4, 14, 45, 510, 2000].map((ceiling) => {
    const ticks = [];
    const pen = { ...makeSvgPen(90, 260, imageUri), text: (label, x, y, style) => style.rotate || ticks.push([label, y]) };
    drawLossBar(pen, { x: 4, y: 10, width: 12, height: 240 }, ceiling, look, texts);
    return ticks.sort((p, q) => q[1] - p[1]);
  });

  const ridge = heightField(grid(unit, unit, (_, v) => Math.max(0, 1 - 4 * Math.abs(v))), 41, 41, 1, 41);
  const view = makeView(-90, 20, 100, 0, 0);
  found.hidden = {};
  for (const v of [-0.9, -0.5, 0, 0.15, 0.3, 0.5]) {
    found.hidden[v] = isHidden(ridge, view, 0.1, v, Math.max(0, 1 - 4 * Math.abs(v)) * 1.15);
  }
  const away = path.map((v, k) => (k > 20 ? NaN : v * 10 ** k));
  const lost = { ...plane, runs: [{ ...plane.runs[0], points: away, level: -1, step: 99 }] };
  const nowhere = { ...lost, azimuth: 180, elevation: 0, loss: loss.map(() => NaN) };
  const empty = { nx: 9, ny: 9, level: new Int8Array(81).fill(-2) };
  const still = { isCurrent: true, name: "1", distanceToTextbook: { step: [], value: [] }, distanceToZero: null };
  const unusual = {
    "no runs": [drawPlane, { ...plane, runs: [] }],
    "loss 0 everywhere": [drawPlane, { ...plane, loss: loss.map(() => 0) }],
    "loss not finite": [drawPlane, { ...plane, loss: loss.map((value, k) => [value, NaN, Infinity][k % 3]) }],
    "run far off": [drawPlane, lost],
    "nothing computed": [drawPlane, { ...plane, color: "outcome", outcome: empty }],
    "flat terrain": [drawTerrain, { ...plane, azimuth: 0, elevation: 90, loss: loss.map(() => 0) }],
    "terrain not finite": [drawTerrain, nowhere],
    "large weights": [drawNetwork, {
      theta: [1e30, -Infinity, NaN, 0, 1e6, -1e6, 1, 1, 1], isDead: [false, false] }],
    "outputs not finite": [drawDecision, { theta: [1e200, NaN, 0, 0, 0, 0, 1e200, 1, 1] }],
    "no curves": [drawCurves, { runs: [], step: 0 }],
    "diverged": [drawCurves, { runs: [{ ...still, loss: [1, 1e200, Infinity, NaN], level: -1 }], step: 3 }],
    "one diverged": [drawCurves, { runs: [{ ...still, loss: [1, 1e200, Infinity, NaN], level: -1 },
      { ...still, loss: [1, 0.5, 0.25, 0.2], level: 3, name: "2" }], step: 3 }],
    "loss 0 from the start": [drawCurves, { runs: [{ ...still, loss: [0, 0, 0], level: 0 }], step: 3 }],
    "no starts": [drawBars, { counts: [0, 0, 0, 0, 0], n: 0, known: null, intervals: [null, null, null, null, null] }],
  };
  found.unusual = {};
  for (const [name, [draw, model]] of Object.entries(unusual)) {
    const pen = makeSvgPen(400, 320, imageUri);
    draw(pen, model, { width: 400, height: 320 }, look, texts);
    found.unusual[name] = pen.toString();
  }
  found.kinks = distinctKinks([
    { unit: 1, sample: 1, from: [0, 0], to: [1, 1] },
    { unit: 1, sample: 2, from: [1, 1], to: [0, 0] },
    { unit: 2, sample: 3, from: [0, 0], to: [1, 1] },
  ], [0, 1], [0, 1]);
  found.pieces = pieces([0, 0, 5, 0, 10, 0, NaN, 0, 20, 0, 25, 0, 1e9, 0], (k) => (k === 1 ? "far" : "near"));
  return found;
}
