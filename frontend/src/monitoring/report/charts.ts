/** Geometry of the report's charts: data to points and paths. */

export interface Point {
  x: number;
  y: number;
}

/**
 * Curves that break where more than `gap` lies between two points, so that a line never claims what nobody measured.
 * Points are in order of x.
 */
export function curves(points: readonly Point[], gap: number): Point[][] {
  const found: Point[][] = [];
  for (const point of points) {
    const last = found.at(-1)?.at(-1);
    if (last && point.x - last.x <= gap) found.at(-1)?.push(point);
    else found.push([point]);
  }
  return found;
}

/** An SVG path through points. */
export function pathOf(points: readonly Point[]): string {
  return points.map(({ x, y }, number) => `${number === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join("");
}

/** A path from the curve down to `floor`, to be filled. */
export function areaOf(points: readonly Point[], floor: number): string {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return "";
  return `${pathOf(points)}L${round(last.x)} ${floor}L${round(first.x)} ${floor}Z`;
}

/** A round upper end for an axis of counts: at least 4, and a multiple of 4 so that its quarters are whole. */
export function axisTop(counts: readonly number[]): number {
  return Math.max(4, Math.ceil(Math.max(0, ...counts) / 4) * 4);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
