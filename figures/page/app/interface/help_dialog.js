/** Help: what the page does, its keys, and its words. */

import { fractionText } from "../texts/fractions.js";

const WORDS = [
  "dead", "kink", "lines", "level", "noLevel", "stuck", "zero", "variance", "root", "normalized", "principal",
  "parameters",
];
const KEYS = ["space", "step", "arrows", "fine", "zoom", "line", "turn", "keep", "help"];

/** Return {element, open()}. */
export function makeHelp({ el, t, data }) {
  const levels = data.levels.map(({ value }) => fractionText(value)).join(", ");
  const closeDialog = () => element.close();
  const close = el("button", { type: "button", class: "quiet", on: { click: closeDialog } }, t("share.close"));
  const pairs = (list) =>
    el("dl", { class: "keys" }, list.flatMap(([term, text]) => [el("dt", {}, term), el("dd", {}, text)]));
  const element = el(
    "dialog",
    { class: "sheet", "aria-label": t("help.title") },
    el("div", { class: "row spread" }, el("h2", {}, t("help.title")), close),
    el("p", {}, t("help.what")),
    el("p", {}, t("help.honest")),
    el("h3", {}, t("help.keys")),
    pairs(KEYS.map((key) => [t(`help.key.${key}`), t(`help.does.${key}`)])),
    el("h3", {}, t("help.words")),
    pairs(WORDS.map((word) => [t(`help.term.${word}`), t(`help.means.${word}`, { levels })])),
  );
  return { element, open: () => element.showModal() };
}
