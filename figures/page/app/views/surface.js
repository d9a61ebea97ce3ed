/**
 * A height field seen from afar (parallel projection): what lies where on the screen, and what is hidden.
 *
 * The grid spans the square [-1, 1] x [-1, 1] = (u, v), with heights z from 0 to HEIGHT. The azimuth is the direction
 * of the viewer from the u axis, the elevation his height above the ground, in degrees, as in matplotlib.
 */

export const HEIGHT = 1.15;

/**
 * @param {ArrayLike<number>} roots ny * nx root losses, NaN where they have no height
 * @param {number} most points along a side; larger grids are interpolated to it
 * @returns {{nx, ny, roots: Float64Array, heights: Float64Array}} heights are cut at HEIGHT, that of the ceiling;
 *   roots at four times that of the ceiling, which stands for those not finite too
 */
export function heightField(roots, nx, ny, ceiling, most) {
  const [mx, my] = [Math.min(nx, most), Math.min(ny, most)];
  const field = { nx: mx, ny: my, roots: new Float64Array(mx * my), heights: new Float64Array(mx * my) };
  const top = Math.sqrt(ceiling);
  for (let j = 0; j < my; j++) {
    for (let i = 0; i < mx; i++) {
      const root = interpolated(roots, nx, ny, (i * (nx - 1)) / (mx - 1), (j * (ny - 1)) / (my - 1));
      field.roots[j * mx + i] = root < 4 * top ? root : 4 * top;
      const height = (HEIGHT * root) / top;
      field.heights[j * mx + i] = height < HEIGHT ? height : HEIGHT;
    }
  }
  return field;
}

/** A value between the points of a grid, at (i, j) in units of the grid; NaN outside. */
function interpolated(values, nx, ny, i, j) {
  if (!(i >= 0 && j >= 0 && i <= nx - 1 && j <= ny - 1)) return NaN;
  const [a, b] = [Math.min(nx - 2, Math.floor(i)), Math.min(ny - 2, Math.floor(j))];
  const [s, t] = [i - a, j - b];
  const k = b * nx + a;
  const low = s === 0 ? values[k] : values[k] + s * (values[k + 1] - values[k]);
  if (t === 0) return low;
  const high = s === 0 ? values[k + nx] : values[k + nx] + s * (values[k + nx + 1] - values[k + nx]);
  return low + t * (high - low);
}

/** Height of the surface at (u, v); NaN outside. */
export function heightAt({ nx, ny, heights }, u, v) {
  return interpolated(heights, nx, ny, ((u + 1) / 2) * (nx - 1), ((v + 1) / 2) * (ny - 1));
}

/**
 * The view from a direction, centred at (x, y) on the screen.
 * @returns {object} project(u, v, z) -> [x, y]; cos, sin of azimuth; rise: height per horizontal length towards the
 *   viewer
 */
export function makeView(azimuth, elevation, scale, x, y) {
  const [az, el] = [(azimuth * Math.PI) / 180, (elevation * Math.PI) / 180];
  const [cos, sin, up, flat] = [Math.cos(az), Math.sin(az), Math.cos(el), Math.sin(el)];
  return {
    cos,
    sin,
    rise: Math.tan(el),
    project: (u, v, z) => [
      x + scale * (v * cos - u * sin),
      y - scale * (z * up - (u * cos + v * sin) * flat),
    ],
  };
}

/**
 * Whether the surface hides the point (u, v, z): whether it is above the ray to the viewer, compared where the ray
 * crosses lines of the grid, between which the surface is straight.
 */
export function isHidden({ nx, ny, heights }, view, u, v, z, tolerance = 0.006) {
  const [i0, j0] = [((u + 1) / 2) * (nx - 1), ((v + 1) / 2) * (ny - 1)];
  const [di, dj] = [(view.cos / 2) * (nx - 1), (view.sin / 2) * (ny - 1)];
  const crosses = (from, speed, n, other, otherSpeed, otherN, stride, otherStride) => {
    if (Math.abs(speed) < 1e-9) return false;
    const way = Math.sign(speed);
    for (let k = speed > 0 ? Math.floor(from) + 1 : Math.ceil(from) - 1; k >= 0 && k < n; k += way) {
      const t = (k - from) / speed;
      const at = other + t * otherSpeed;
      const ray = z + t * view.rise + tolerance;
      if (ray > HEIGHT || !(at >= 0 && at <= otherN - 1)) return false;
      const low = Math.min(otherN - 2, Math.floor(at));
      const corner = k * stride + low * otherStride;
      if (heights[corner] + (at - low) * (heights[corner + otherStride] - heights[corner]) > ray) return true;
    }
    return false;
  };
  return crosses(i0, di, nx, j0, dj, ny, 1, nx) || crosses(j0, dj, ny, i0, di, nx, nx, 1);
}
