/** Results that are computed once for each object, such as the data of the page or an array that does not change. */

/** A function that remembers what `compute` returns for an object, as long as the object is in use. */
export function oncePer(compute) {
  const known = new WeakMap();
  return (object) => {
    if (!known.has(object)) known.set(object, compute(object));
    return known.get(object);
  };
}
