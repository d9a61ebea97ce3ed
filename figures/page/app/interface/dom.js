/** Elements made in code: text is always text, never HTML. */

/**
 * Return a function el(tag, attributes, ...children) that makes elements of one document.
 *
 * Attributes that are null or false are left out, `on` holds listeners by event, `value`, `checked` and `selected`
 * are set as properties. Children are elements or texts; null and false are left out.
 */
export function makeElements(document) {
  return function el(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (name === "on") {
        for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
      } else if (name === "checked" || name === "selected") {
        element[name] = value;
      } else if (name !== "value") {
        element.setAttribute(name, value === true ? "" : String(value));
      }
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
    if (attributes.value !== undefined && attributes.value !== null) element.value = attributes.value;
    return element;
  };
}

/** Set the text of an element, only if it changed, so that a interaction region speaks once. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Set the value of an input that nobody is typing into. */
export function setValue(input, value) {
  if (input.getRootNode().activeElement !== input || input.type === "range") {
    if (input.value !== String(value)) input.value = String(value);
  }
}

/** Select element with options [{value, label}]. */
export function choice(el, options, value, onChange, attributes = {}) {
  const select = el(
    "select",
    { ...attributes, on: { change: () => onChange(select.value) } },
    options.map((option) => el("option", { value: option.value, selected: option.value === value }, option.label)),
  );
  for (const [index, option] of options.entries()) select.options[index].value = option.value;
  select.value = value;
  return select;
}

/** Radio buttons in one row, [{value, label}], with a legend that only screen readers read. */
export function segments(el, name, legend, options, value, onChange) {
  const inputs = options.map((option) => {
    const input = el("input", { type: "radio", name, checked: option.value === value });
    input.value = option.value;
    input.addEventListener("change", () => input.checked && onChange(option.value));
    return input;
  });
  const element = el(
    "fieldset",
    { class: "segments" },
    el("legend", { class: "unseen" }, legend),
    options.map((option, index) => el("label", {}, inputs[index], el("span", {}, option.label))),
  );
  return { element, set: (now) => inputs.forEach((input) => { input.checked = input.value === now; }) };
}

/** Label above a control. */
export function field(el, label, ...controls) {
  return el("label", { class: "field" }, el("span", {}, label), controls);
}
