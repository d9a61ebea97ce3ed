/** Help: what the page does, and its keys. */

const KEYS = ["space", "step", "arrows", "fine", "zoom", "line", "turn", "keep", "help"];

/** Return {element, open()}. */
export function makeHelp({ el, t }) {
  const closeDialog = () => element.close();
  const close = el("button", { type: "button", class: "quiet", on: { click: closeDialog } }, t("share.close"));
  const element = el(
    "dialog",
    { class: "sheet", "aria-label": t("help.title") },
    el("div", { class: "row spread" }, el("h2", {}, t("help.title")), close),
    el("p", {}, t("help.what")),
    el("p", {}, t("help.honest")),
    el("h3", {}, t("help.keys")),
    el(
      "dl",
      { class: "keys" },
      KEYS.map((key) => [el("dt", {}, t(`help.key.${key}`)), el("dd", {}, t(`help.does.${key}`))]).flat(),
    ),
  );
  return { element, open: () => element.showModal() };
}
