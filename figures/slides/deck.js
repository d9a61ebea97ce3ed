// One slide at a time, one step of its figure at a time. A place in the lecture is #name, or #name/2 for a step.
"use strict";

const slides = [...document.querySelectorAll(".slide")];
const stops = slides.flatMap((slide) => {
  const frames = [...slide.querySelectorAll(".frames > *")];
  return (frames.length ? frames : [null]).map((frame, step) => ({ slide, frame, step, of: frames.length }));
});
const told = document.querySelector(".told");
let at = 0;

function place() {
  try {
    return decodeURIComponent(location.hash);
  } catch {
    return location.hash; // such as #%, which is no slide
  }
}

function show(to) {
  at = Math.max(0, Math.min(stops.length - 1, to));
  const { slide, frame, step, of } = stops[at];
  const isNew = !slide.classList.contains("now");
  document.querySelectorAll(".now").forEach((old) => old.classList.remove("now"));
  slide.classList.add("now");
  if (frame) frame.classList.add("now");
  if (isNew) slide.querySelector("h1, h2").focus({ preventScroll: true });
  const number = `Slide ${slides.indexOf(slide) + 1} of ${slides.length}`;
  told.textContent = of > 1 ? `${number}, step ${step + 1} of ${of}` : number;
  const hash = step ? `#${slide.id}/${step + 1}` : `#${slide.id}`;
  if (place() !== hash) history.replaceState(null, "", hash);
}

function follow() {
  const [id, step] = place().slice(1).split("/");
  const first = stops.findIndex((stop) => stop.slide.id === id);
  if (first < 0) return show(0);
  show(first + Math.max(1, Math.min(Number(step) || 1, stops[first].of || 1)) - 1);
}

function fullscreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen();
}

// Animations repeat for ever; paused, each shows the figure as it stands, the picture before it.
function pause() {
  const isPaused = document.body.classList.toggle("paused");
  document.querySelectorAll(".frames > picture > img").forEach((moving) => {
    const still = moving.parentElement.previousElementSibling;
    moving.dataset.src ??= moving.src;
    moving.dataset.alt ??= moving.alt;
    [moving.src, moving.alt] = isPaused ? [still.src, still.alt] : [moving.dataset.src, moving.dataset.alt];
  });
  document.querySelectorAll("[data-action=pause]").forEach((button) => button.setAttribute("aria-pressed", isPaused));
}

const actions = {
  previous: () => show(at - 1),
  next: () => show(at + 1),
  notes: () => document.body.classList.toggle("noted"),
  fullscreen,
  pause,
  first: () => show(0),
  last: () => show(stops.length - 1),
};
const keys = {
  ArrowRight: "next", ArrowDown: "next", PageDown: "next", " ": "next",
  ArrowLeft: "previous", ArrowUp: "previous", PageUp: "previous",
  Home: "first", End: "last", n: "notes", f: "fullscreen", p: "pause",
};

const scrolling = ["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", " "];

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return; // it is being written
  if (event.shiftKey && event.key.length === 1 && event.key !== " ") return;
  if (event.target.closest("button") && event.key === " ") return; // it presses the button
  if (event.target.closest(".notes") && scrolling.includes(event.key)) return; // within a long caption
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const action = key === " " && event.shiftKey ? "previous" : keys[key];
  if (!action) return;
  event.preventDefault();
  actions[action]();
});
document.querySelectorAll(".controls button").forEach((button) => {
  button.addEventListener("click", () => actions[button.dataset.action]());
});
window.addEventListener("hashchange", follow);

document.body.classList.add("live");
follow();
