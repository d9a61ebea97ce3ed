/** Numbers as text, in the ways of a language. */

const WAYS = { en: { mark: ".", times: "×" }, de: { mark: ",", times: "·" } };
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const THIN_SPACE = "\u202f";
const SPACE = "\u00a0";

/** Larger numbers have no fixed number of decimals, since these would say nothing. */
const LONGEST = 1e5;

/**
 * Return a number with a few significant digits, a whole number below a million with all of them.
 *
 * Very large and very small ones are written with a power of ten.
 * @param {number} value
 * @param {"en"|"de"} language
 * @param {number} [digits] how many are significant
 */
export function formatNumber(value, language, digits = 3) {
  const { mark, times } = WAYS[language];
  if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "NaN";
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size < 1e6 && Number.isInteger(size)) return sign + grouped(String(size), mark);
  const [mantissa, exponent] = size.toExponential(digits - 1).split("e"); // rounded, so 0.9999 counts as 1
  const factor = mantissa.replace(/\.?0+$/, "");
  if (Number(exponent) < -3 || Number(exponent) > 5) {
    const power = powerOfTen(Number(exponent));
    return sign + (factor === "1" ? power : `${factor.replace(".", mark)}${SPACE}${times}${SPACE}${power}`);
  }
  return sign + grouped(String(Number(size.toPrecision(digits))), mark);
}

/** Return a number with this many decimals, such as labels of one axis; one that rounds to 0 has no sign. */
export function formatFixed(value, language, decimals) {
  if (!(Math.abs(value) < LONGEST)) return formatNumber(value, language);
  const size = Math.abs(value).toFixed(decimals);
  return (value < 0 && Number(size) > 0 ? "−" : "") + grouped(size, WAYS[language].mark);
}

/** Return a share, a number from 0 to 1, in percent, with one decimal if not told otherwise: 0.209 as "20.9 %". */
export function formatPercent(share, language, decimals = 1) {
  return `${formatFixed(100 * share, language, decimals)}${SPACE}%`;
}

/** Return 10 to a whole power, such as 10⁻⁴. */
export function powerOfTen(exponent) {
  const digits = Array.from(String(Math.abs(exponent)), (digit) => SUPERSCRIPTS[digit]).join("");
  return `10${exponent < 0 ? "⁻" : ""}${digits}`;
}

/** Digits as JavaScript writes them, with a decimal mark and, from five digits on, in groups of three. */
function grouped(digits, mark) {
  const [whole, part] = digits.split(".");
  return (whole.length < 5 ? whole : whole.replace(/\B(?=(\d{3})+$)/g, THIN_SPACE)) + (part ? mark + part : "");
}
