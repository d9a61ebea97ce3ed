/** What can be chosen about a plane: seed, bias rule, parameters, centre, three points, and the range. */

import { BIAS_RULES } from "../../core/directions.js";
import { PARAMETERS } from "../../core/network.js";
import { choice, field, setValue } from "../dom.js";
import { acceptedRange, exchanged } from "../state/state.js";
import { changePlane } from "../state/store.js";

/** Range scaled about its middle; the same one where the scaled one would be refused. */
export function zoomed(range, factor) {
  const [a0, a1, b0, b1] = range;
  const [a, b] = [(a0 + a1) / 2, (b0 + b1) / 2];
  const [across, up] = [((a1 - a0) / 2) * factor, ((b1 - b0) / 2) * factor];
  const scaled = [a - across, a + across, b - up, b + up].map((value) => Number(value.toPrecision(12)));
  const isFine = Math.min(across, up) < 1e-7 * Math.max(Math.abs(a), Math.abs(b)); // its ends would lose their digits
  return (!isFine && acceptedRange(scaled)) || range;
}

/**
 * Return {element, zoom, update(frame)}: `zoom` holds the buttons of the range.
 * @param {Context} context see page.js
 */
export function makePlaneOptions({ el, t, store, data }) {
  let frame = null;
  const zoomButton = (label, sign, factor) => el("button", {
    type: "button", class: "round", "aria-label": t(label), title: t(label),
    on: { click: () => changePlane(store, { range: factor ? zoomed(frame.plane.range, factor) : null }) },
  }, sign);
  const zoom = el(
    "div",
    { class: "zoom", role: "group", "aria-label": t("plane.range") },
    zoomButton("plane.zoomIn", "+", 0.7),
    zoomButton("plane.zoomOut", "−", 1 / 0.7),
    zoomButton("plane.zoomReset", "1:1", null),
  );

  const seeds = Object.keys(data.seeds).map((value) => ({ value, label: value }));
  const seed = choice(el, seeds, "0", (value) => changePlane(store, { seed: Number(value) }));
  const next = el("button", { type: "button", on: { click: nextSeed } }, t("plane.nextSeed"));
  function nextSeed() {
    const index = seeds.findIndex(({ value }) => value === seed.value);
    changePlane(store, { seed: Number(seeds[(index + 1) % seeds.length].value) });
  }
  const rules = BIAS_RULES.map((value) => ({ value, label: t(`plane.bias.${value}`) }));
  const bias = choice(el, rules, "joint", (value) => changePlane(store, { biasRule: value }));
  const orthogonal = el("input", {
    type: "checkbox", on: { change: () => changePlane(store, { orthogonal: orthogonal.checked }) },
  });
  const names = PARAMETERS.map((name, k) => {
    const words = { key: `parameter.${k}` };
    return { value: String(k), label: t("parameter.named", { name, words }) };
  });
  const axis = (which) => choice(el, names, "0", (value) => {
    const axes = [...store.get().plane.axes];
    const other = 1 - which;
    if (Number(value) === axes[other]) axes[other] = axes[which];
    axes[which] = Number(value);
    changePlane(store, { axes });
  });
  const axes = [axis(0), axis(1)];

  const places = () => [
    { value: "", label: t("place.keep") },
    { value: "textbook", label: t("place.textbook") },
    { value: "exchanged", label: t("place.exchanged") },
    { value: "zero", label: t("place.zero") },
    { value: "start", label: t("place.start") },
    { value: "here", label: t("place.here") },
    { value: "end", label: t("place.end") },
  ];
  function thetaOf(place) {
    const { run, state } = frame;
    const found = {
      textbook: () => data.textbook,
      exchanged: () => exchanged(data.textbook),
      zero: () => data.textbook.map(() => 0),
      start: () => state.start,
      here: () => run.thetaAt(state.step),
      end: () => run.thetaAt(state.settings.steps),
    };
    return Array.from(found[place]());
  }
  const chooser = (use) => {
    const select = choice(el, places(), "", (value) => {
      if (value) use(thetaOf(value));
      select.value = "";
    });
    return select;
  };
  const centre = chooser((theta) => changePlane(store, { centre: theta }));
  const points = [0, 1, 2].map((index) => chooser((theta) => {
    changePlane(store, { range: null, points: store.get().plane.points.map((p, i) => (i === index ? theta : p)) });
  }));

  const rows = {
    seed: el("div", { class: "row" }, field(el, t("plane.seed"), seed), next),
    bias: field(el, t("plane.biasRule"), bias),
    orthogonal: el("label", { class: "check" }, orthogonal, t("plane.orthogonal")),
    axes: el("div", { class: "row" }, axes.map((select, i) => field(el, t(i ? "plane.axisY" : "plane.axisX"), select))),
    centre: field(el, t("plane.centre"), centre),
    points: el("div", { class: "row" }, points.map((select, i) => field(el, t("plane.point", { n: i + 1 }), select))),
  };
  const explained = el("p", { class: "hint" });
  const element = el(
    "details",
    { class: "fold" },
    el("summary", {}, t("plane.options")),
    explained,
    Object.values(rows),
  );
  const used = {
    normalized: ["seed", "bias", "orthogonal", "centre"], random: ["seed", "orthogonal", "centre"],
    coordinates: ["axes", "centre"], bowl: [], valley: [], principal: ["centre"], points: ["points"],
    spanned: ["points"],
  };
  return {
    element,
    zoom,
    update(now) {
      frame = now;
      const { plane } = now.state;
      for (const [name, row] of Object.entries(rows)) row.hidden = !used[plane.kind].includes(name);
      setValue(seed, plane.seed);
      setValue(bias, plane.biasRule);
      orthogonal.checked = plane.orthogonal;
      axes.forEach((select, which) => setValue(select, plane.axes[which]));
      explained.textContent = t(`plane.about.${plane.kind}`);
    },
  };
}
