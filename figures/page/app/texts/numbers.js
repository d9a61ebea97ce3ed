/** Numbers as text, in the ways of a language. */

const WAYS = { en: { mark: ".", times: "×" }, de: { mark: ",", times: "·" } };
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const THIN_SPACE = "\u202f";
const SPACE = "\u00a0";

/**
 * Return a number with three significant digits, a whole number below a million with all of them.
 *
 * Very large and very small ones are written with a power of ten.
 * @param {number} value
 * @param {"en"|"de"} language
 */
export function formatNumber(value, language) {
  const { mark, times } = WAYS[language];
  if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "NaN";
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size < 1e6 && Number.isInteger(size)) return sign + grouped(String(size));
  const [mantissa, exponent] = size.toExponential(2).split("e"); // rounded, so 0.9999 counts as 1
  const digits = mantissa.replace(/\.?0+$/, "");
  if (Number(exponent) < -3 || Number(exponent) > 5) {
    const power = `10${raised(Number(exponent))}`;
    const factor = digits === "1" ? "" : `${digits.replace(".", mark)}${SPACE}${times}${SPACE}`;
    return sign + factor + power;
  }
  const [whole, part] = String(Number(size.toPrecision(3))).split(".");
  return sign + grouped(whole) + (part ? mark + part : "");
}

/** Return a share, a number from 0 to 1, in percent with one decimal: 0.209 as "20.9 %". */
export function formatPercent(share, language) {
  return `${(100 * share).toFixed(1).replace(".", WAYS[language].mark)}${SPACE}%`;
}

function grouped(digits) {
  return digits.length < 5 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, THIN_SPACE);
}

function raised(exponent) {
  const digits = Array.from(String(Math.abs(exponent)), (digit) => SUPERSCRIPTS[digit]).join("");
  return (exponent < 0 ? "⁻" : "") + digits;
}
