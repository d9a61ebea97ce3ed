/** Markers of levels, and of points on paths. */

const SHAPES = {
  square: regular(4, 45, 1.25),
  up: regular(3, -90, 1.3),
  down: regular(3, 90, 1.3),
  diamond: regular(4, 0, 1.3),
  pentagon: regular(5, -90, 1.15),
  star: star(5),
  plus: cross(0),
  cross: cross(45),
};

/** Draw the marker `shape` of radius r; style as of areas. */
export function drawMarker(pen, shape, x, y, r, style) {
  if (shape === "circle") return pen.circle(x, y, r, style);
  const corners = SHAPES[shape] ?? SHAPES.diamond;
  return pen.polygon(corners.map((v, k) => (k % 2 ? y : x) + r * v), style);
}

function regular(n, first, factor) {
  const corners = [];
  for (let k = 0; k < n; k++) corners.push(...direction(first + (360 * k) / n, factor));
  return corners;
}

function star(n) {
  const corners = [];
  for (let k = 0; k < 2 * n; k++) corners.push(...direction(-90 + (180 * k) / n, k % 2 ? 0.6 : 1.4));
  return corners;
}

function cross(turn) {
  const corners = [];
  for (let k = 0; k < 4; k++) {
    const [reach, half] = [Math.hypot(1.3, 0.38), (Math.atan2(0.38, 1.3) * 180) / Math.PI];
    const arm = turn + 90 * k;
    corners.push(...direction(arm - half, reach), ...direction(arm + half, reach), ...direction(arm + 45, 0.54));
  }
  return corners;
}

function direction(degrees, reach) {
  const angle = (degrees * Math.PI) / 180;
  return [reach * Math.cos(angle), reach * Math.sin(angle)];
}
