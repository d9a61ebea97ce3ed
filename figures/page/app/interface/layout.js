/** Where everything is on the page. */

import { makeLinkedViews } from "./cards/linked_views.js";
import { makeManyPanel } from "./cards/many_panel.js";
import { makePlaneCard } from "./cards/plane_card.js";
import { makePlayer } from "./cards/player.js";
import { makeRunsPanel } from "./cards/runs_panel.js";
import { makeHelp } from "./help_dialog.js";
import { makeShare } from "./share/share_dialog.js";
import { makeStoryPanel } from "./cards/story_panel.js";
import { makeTopBar } from "./top_bar.js";
import { makeTrainingPanel } from "./cards/training_panel.js";

/**
 * Return {elements, update(frame), repaint(), say(text), close()}.
 *
 * Panels are {element, update(frame), repaint?(), close?()}; `context` holds what they share.
 */
export function makeLayout(context) {
  const { el, parts } = context;
  const has = (name) => parts.includes(name);
  const message = el("p", { class: "message", role: "status", hidden: true });
  let hiding = 0;

  function say(text) {
    message.textContent = text;
    message.hidden = false;
    context.window.clearTimeout(hiding);
    hiding = context.window.setTimeout(() => { message.hidden = true; }, 9000);
  }

  context.scrollTo = (element) => {
    element?.scrollIntoView({ block: "center", behavior: context.prefersStillness() ? "auto" : "smooth" });
  };
  const plane = has("plane") ? makePlaneCard(context) : null;
  const player = makePlayer(context);
  const views = has("views") ? makeLinkedViews(context) : null;
  const pictures = () => [plane?.card, ...(views?.cards ?? []), many?.card].filter(Boolean);
  const share = has("share") ? makeShare(context, pictures) : null;
  const help = makeHelp(context);
  const bar = has("bar") ? makeTopBar(context, { shareButton: share?.button, openHelp: help.open }) : null;
  const story = has("story") ? makeStoryPanel(context) : null;
  const walk = has("walk") ? makeTrainingPanel(context) : null;
  const runs = has("runs") ? makeRunsPanel(context) : null;
  const many = has("many") ? makeManyPanel(context) : null;
  context.actions = {
    ...player.actions,
    openHelp: help.open,
    keep: () => runs?.keep(),
    drawStarts: () => many?.drawForStory(),
    showPlane: () => context.scrollTo(plane?.card.canvas),
    showStory: () => context.scrollTo(story?.element),
    enlarge() {
      context.interaction.enlarged = !context.interaction.enlarged;
      main.classList.toggle("enlarged", context.interaction.enlarged);
      context.redraw();
    },
  };

  const panels = [bar, story, plane, player, walk, views, runs, many, share, help].filter(Boolean);
  if (plane) plane.card.canvas.after(player.element);
  const side = el("div", { class: "side" }, story?.element, walk?.element, runs?.element);
  const main = el(
    "div",
    { class: "columns" },
    plane?.element ?? el("div", { class: "card" }, player.element),
    side.childElementCount > 0 && side,
    views?.element,
    many?.element,
  );
  main.classList.toggle("enlarged", context.interaction.enlarged);
  const top = bar?.element ?? (share && el("div", { class: "row" }, share.button));
  return {
    elements: [top, message, main, share?.element, help.element].filter(Boolean),
    update: (frame) => panels.forEach((panel) => panel.update?.(frame)),
    repaint: () => panels.forEach((panel) => panel.repaint?.()),
    say,
    close() {
      context.window.clearTimeout(hiding);
      panels.forEach((panel) => panel.close?.());
    },
  };
}
