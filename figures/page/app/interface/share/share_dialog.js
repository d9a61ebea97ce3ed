/** Sharing: link, pictures as SVG and PNG, and the code and recipe that reproduce what is seen. */

import { choice, field } from "../dom.js";
import { pythonCode } from "./python_code.js";
import { recipeLines } from "./recipe_lines.js";
import { toFragment } from "../state/fragment.js";

/** Return {button, element, update}: the button opens the dialog; `pictures()` returns what can be exported. */
export function makeShare(context, pictures) {
  const { el, t, store, data, document, window } = context;
  let frame = null;
  const button = el("button", { type: "button", class: "quiet", on: { click: open } }, t("bar.share"));
  const closeDialog = () => element.close();
  const close = el("button", { type: "button", class: "quiet", on: { click: closeDialog } }, t("share.close"));
  const link = el("input", { type: "text", readonly: true, class: "link", "aria-label": t("share.link") });
  const python = el("pre", { tabindex: 0, "aria-label": t("share.python") });
  const recipe = el("pre", { tabindex: 0, "aria-label": t("share.recipe") });
  const whichPicture = el("div", { class: "picture-choice" });
  let picture = null;

  const rowOfPictures = el(
    "div",
    {},
    el("h3", {}, t("share.picture")),
    el("div", { class: "row" }, whichPicture, saveButton("SVG", saveSvg), saveButton("PNG", savePng)),
  );
  const element = el(
    "dialog",
    { class: "sheet", "aria-label": t("share.title") },
    el("div", { class: "row spread" }, el("h2", {}, t("share.title")), close),
    el("h3", {}, t("share.link")),
    el("div", { class: "row" }, link, copyButton(() => link.value, t("share.copyLink"))),
    rowOfPictures,
    el("div", { class: "row spread" }, el("h3", {}, t("share.python")), copyButton(() => python.textContent)),
    python,
    el("div", { class: "row spread" }, el("h3", {}, t("share.recipe")), copyButton(() => recipe.textContent)),
    el("p", { class: "hint" }, t("share.recipeHint")),
    recipe,
  );

  function copyButton(text, label = t("share.copy")) {
    return el("button", { type: "button", on: { click: () => copy(text()) } }, label);
  }

  function saveButton(name, save) {
    return el("button", { type: "button", on: { click: save } }, t("share.save", { name }));
  }

  async function copy(text) {
    try {
      await window.navigator.clipboard.writeText(text);
      context.say(t("share.copied"));
    } catch {
      const area = el("textarea", { class: "unseen", value: text });
      element.append(area);
      area.select();
      const isCopied = document.execCommand("copy");
      area.remove();
      context.say(t(isCopied ? "share.copied" : "share.notCopied"));
    }
  }

  function save(blob, name) {
    const address = URL.createObjectURL(blob);
    const anchor = el("a", { href: address, download: name });
    element.append(anchor);
    anchor.click();
    anchor.remove();
    window.setTimeout(() => URL.revokeObjectURL(address), 10000);
  }

  const chosen = () => pictures().find((view) => view.name === picture.value);

  function saveSvg() {
    save(new Blob([chosen().toSvg()], { type: "image/svg+xml" }), `xorscape-${chosen().name}.svg`);
  }

  async function savePng() {
    const { name } = chosen();
    save(await chosen().toPng(), `xorscape-${name}.png`);
  }

  function open() {
    const views = pictures().map((view) => ({ value: view.name, label: view.title }));
    rowOfPictures.hidden = views.length === 0;
    picture = choice(el, views, views[0]?.value, () => {});
    whichPicture.replaceChildren(field(el, t("share.which"), picture));
    link.value = `${window.location.href.split("#")[0]}#${toFragment(store.get(), data)}`;
    python.textContent = pythonCode(frame);
    recipe.textContent = recipeLines(frame, data);
    element.showModal();
  }

  return { button, element, update: (now) => { frame = now; } };
}
