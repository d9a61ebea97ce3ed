/** Title of the page, language, theme, sharing and help. */

import { choice } from "./dom.js";
import { THEMES } from "./state/state.js";

/** Return {element, update(frame)}; `shareButton`, if there is one, stands among the tools. */
export function makeTopBar({ el, t, store }, { shareButton, openHelp }) {
  const { language, theme } = store.get();
  const other = language === "en" ? "de" : "en";
  const themes = THEMES.map((value) => ({ value, label: t(`bar.theme.${value}`) }));
  const themeChoice = choice(el, themes, theme, (value) => store.set({ theme: value }), {
    "aria-label": t("bar.theme"),
    class: "quiet",
  });
  const languageButton = el(
    "button",
    {
      type: "button", id: "xs-language", class: "quiet", lang: other,
      on: { click: () => store.set({ language: other }) },
    },
    t("bar.otherLanguage"),
  );
  const element = el(
    "header",
    { class: "bar" },
    el("div", { class: "title" }, el("h1", {}, t("bar.title")), el("p", {}, t("bar.subtitle"))),
    el(
      "div",
      { class: "tools" },
      shareButton,
      el("button", { type: "button", class: "quiet", on: { click: openHelp } }, t("bar.help")),
      languageButton,
      themeChoice,
    ),
  );
  return { element, update: (frame) => { themeChoice.value = frame.state.theme; } };
}
