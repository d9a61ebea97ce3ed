/** Fractions, such as the values of levels, as text. */

/** Return a fraction [numerator, denominator] as text: [1, 6] as "1/6", [2, 1] as "2". */
export function fractionText([numerator, denominator]) {
  return denominator === 1 ? String(numerator) : `${numerator}/${denominator}`;
}
