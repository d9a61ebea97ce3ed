/** A picture on the page: canvas with a label for screen readers, drawn again when its size or its model changes. */

import { imageCanvas, makeCanvasPen, makeSvgPen } from "../../views/drawing/pen.js";

const DEFAULT_TEXT_SIZE = 16;

/**
 * Return {element, canvas, render(model, look, label), repaint(), mapping(), toSvg(), toPng(), close()}.
 *
 * `draw(pen, model, size, look, t)` is one of the pure drawing functions; what it returns is the mapping between
 * pixels and data of the picture last drawn. A picture that is scrolled out of sight is drawn when it is seen again.
 */
export function makeViewCard({ el, t, window, name, draw, title, interactive = false, note = null }) {
  const canvas = el("canvas", { role: "img", class: `picture picture-${name}`, tabindex: interactive ? 0 : null });
  const heading = el("h2", {}, title);
  const element = el("section", { class: `card view view-${name}`, "aria-label": title }, heading, canvas, note);
  let last = null;
  let mapping = null;
  let isSeen = true;
  let isStale = false;
  const observer = new window.IntersectionObserver(([entry]) => {
    isSeen = entry.isIntersecting;
    if (isSeen && isStale) paint();
  }, { rootMargin: "100px" });
  observer.observe(canvas);

  /** For paper, what is out of sight is drawn too. */
  const onPrint = () => {
    isSeen = true;
    paint();
  };
  window.addEventListener("beforeprint", onPrint);

  function size() {
    const scale = textScale(canvas);
    return { width: Math.max(120, canvas.clientWidth / scale), height: Math.max(90, canvas.clientHeight / scale) };
  }

  function paint() {
    isStale = !isSeen;
    if (!last || isStale || canvas.clientWidth === 0) return;
    const { width, height } = size();
    const ratio = (window.devicePixelRatio || 1) * textScale(canvas);
    const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== across) canvas.width = across;
    if (canvas.height !== down) canvas.height = down;
    const context = canvas.getContext("2d");
    mapping = draw(makeCanvasPen(context, width, height, ratio), last.model, { width, height }, last.look, t);
  }

  /** Draw on the background of the theme, for a file. */
  function drawOnPaper(pen, { width, height }) {
    pen.polygon([0, 0, width, 0, width, height, 0, height], { fill: last.look.background });
    draw(pen, last.model, { width, height }, last.look, t);
  }

  return {
    element,
    canvas,
    heading,
    name,
    title,
    mapping: () => mapping,
    render(model, look, label) {
      last = { model, look };
      if (canvas.getAttribute("aria-label") !== label) canvas.setAttribute("aria-label", label);
      paint();
    },
    repaint: paint,
    close() {
      observer.disconnect();
      window.removeEventListener("beforeprint", onPrint);
    },
    toSvg() {
      const { width, height } = size();
      const imageUri = (rgba, w, h) => imageCanvas(canvas.ownerDocument, rgba, w, h).toDataURL("image/png");
      const pen = makeSvgPen(width, height, imageUri);
      drawOnPaper(pen, { width, height });
      return pen.toString();
    },
    toPng() {
      const { width, height } = size();
      const ratio = 3;
      const copy = canvas.ownerDocument.createElement("canvas");
      copy.width = width * ratio;
      copy.height = height * ratio;
      const context = copy.getContext("2d");
      drawOnPaper(makeCanvasPen(context, width, height, ratio), { width, height });
      return new Promise((resolve) => { copy.toBlob(resolve, "image/png"); });
    },
  };
}

/** How much larger than usual texts are, such as on a projector: drawings are enlarged likewise. */
function textScale(canvas) {
  return parseFloat(canvas.ownerDocument.defaultView.getComputedStyle(canvas).fontSize) / DEFAULT_TEXT_SIZE || 1;
}

/** Where a pointer is, in the units of the drawing. */
export function placeOf(canvas, event) {
  const box = canvas.getBoundingClientRect();
  const scale = textScale(canvas);
  return [(event.clientX - box.left) / scale, (event.clientY - box.top) / scale];
}

/** Follow the pointer from the moment it is pressed: `start(x, y, event)` returns {move(x, y), end()} or null. */
export function followPointer(canvas, start) {
  let drag = null;
  const place = (event) => placeOf(canvas, event);
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    drag = start(...place(event), event);
    if (!drag) return;
    canvas.setPointerCapture(event.pointerId);
    canvas.focus({ preventScroll: true });
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => drag?.move(...place(event)));
  for (const ending of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(ending, () => {
      drag?.end();
      drag = null;
    });
  }
}
