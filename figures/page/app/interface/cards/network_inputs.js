/** The nine parameters as number inputs. */

import { PARAMETERS } from "../../core/network.js";
import { field, setValue } from "../dom.js";

const LARGEST = 1000;

/** Return {element, update(theta)}; `onChange(index, value)` when one is edited. */
export function makeNetworkInputs({ el, t, say }, onChange) {
  const inputs = PARAMETERS.map((name, index) => {
    const input = el("input", { type: "number", step: 0.05, min: -LARGEST, max: LARGEST, inputmode: "decimal" });
    input.addEventListener("input", () => {
      const value = input.valueAsNumber;
      if (Math.abs(value) <= LARGEST) onChange(index, value);
      else if (!Number.isNaN(value)) say(t("network.refused", { name, largest: LARGEST }));
    });
    return input;
  });
  const element = el(
    "details",
    { class: "fold" },
    el("summary", {}, t("network.inputs")),
    el("div", { class: "nine" }, PARAMETERS.map((name, index) => field(el, name, inputs[index]))),
  );
  return {
    element,
    update: (theta) => inputs.forEach((input, index) => setValue(input, Number(theta[index].toPrecision(6)))),
  };
}
