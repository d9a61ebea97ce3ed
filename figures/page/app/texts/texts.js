/** All texts of the page, in both languages. */

import { englishHelp } from "./english_help.js";
import { englishInterface } from "./english_interface.js";
import { englishOutcome } from "./english_outcome.js";
import { englishStory } from "./english_story.js";
import { englishViews } from "./english_views.js";
import { germanHelp } from "./german_help.js";
import { germanInterface } from "./german_interface.js";
import { germanOutcome } from "./german_outcome.js";
import { germanStory } from "./german_story.js";
import { germanViews } from "./german_views.js";
import { formatNumber, formatPercent } from "./numbers.js";

/** Texts by language and key. A key stands in one file only. */
export const TEXTS = {
  en: { ...englishHelp, ...englishInterface, ...englishOutcome, ...englishStory, ...englishViews },
  de: { ...germanHelp, ...germanInterface, ...germanOutcome, ...germanStory, ...germanViews },
};

const PLACEHOLDER = /\{(\w+)(?::(percent))?\}/g;

/**
 * Return t(key, values) -> text in a language, which is t.language.
 *
 * Placeholders are {name}, or {name:percent} for a share. Numbers are written as the language does, a value {key} is
 * the text with that key, and others are written as they are. An unknown key, and a value that is missing, is an error:
 * it would be a fault of the page, not of its user.
 * @param {"en"|"de"} language
 */
export function makeTexts(language) {
  const texts = TEXTS[language];
  if (!texts) throw new Error(`language must be en or de; got ${language}`);
  const t = (key, values = {}) => {
    if (!Object.hasOwn(texts, key)) throw new Error(`there is no text with the key ${key}`);
    return texts[key].replace(PLACEHOLDER, (_, name, form) => {
      const value = values[name];
      if (value === undefined || value === null) throw new Error(`the text ${key} needs a value of ${name}`);
      if (form === "percent") return formatPercent(value, language);
      if (value.key) return t(value.key);
      return typeof value === "number" ? formatNumber(value, language) : String(value);
    });
  };
  return Object.assign(t, { language });
}
