import type { PixelStep } from "./distance-transform.js";

type Point = readonly [x: number, y: number];

/**
 * Largest and smallest distance between two parallel lines that hold the object between them.
 * Pixels are squares: one pixel of size 1 has a largest diameter of sqrt(2) and a smallest of 1.
 *
 * @param pixels indices of the object's pixels (y * widthPx + x) in ascending order, at least one.
 */
export function feretDiameters(
  pixels: Int32Array,
  widthPx: number,
  step: PixelStep,
): { readonly max: number; readonly min: number } {
  const hull = convexHull(pixelCorners(pixels, widthPx, step));
  let max = 0;
  for (const a of hull) for (const b of hull) max = Math.max(max, Math.hypot(a[0] - b[0], a[1] - b[1]));
  // The smallest width is met with one line along an edge of the hull.
  let min = Number.POSITIVE_INFINITY;
  for (const [i, a] of hull.entries()) {
    const b = hull[(i + 1) % hull.length]!;
    const length = Math.hypot(b[0] - a[0], b[1] - a[1]);
    let width = 0;
    for (const p of hull) width = Math.max(width, Math.abs(cross(a, b, p)) / length);
    min = Math.min(min, width);
  }
  return { max, min };
}

/** Outer corners of the first and the last pixel of each row: nothing else can lie on the convex hull. */
function pixelCorners(pixels: Int32Array, widthPx: number, step: PixelStep): Point[] {
  const corners: Point[] = [];
  for (let i = 0; i < pixels.length; i++) {
    const x = pixels[i]! % widthPx;
    const y = Math.floor(pixels[i]! / widthPx);
    const startsRow = i === 0 || Math.floor(pixels[i - 1]! / widthPx) !== y;
    const endsRow = i === pixels.length - 1 || Math.floor(pixels[i + 1]! / widthPx) !== y;
    if (startsRow) corners.push([x * step.x, y * step.y], [x * step.x, (y + 1) * step.y]);
    if (endsRow) corners.push([(x + 1) * step.x, y * step.y], [(x + 1) * step.x, (y + 1) * step.y]);
  }
  return corners;
}

/** Andrew's monotone chain (1979), anticlockwise, without points on edges. */
function convexHull(points: readonly Point[]): Point[] {
  const sorted = points.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  return [...halfHull(sorted), ...halfHull(sorted.toReversed())];
}

function halfHull(sorted: readonly Point[]): Point[] {
  const chain: Point[] = [];
  for (const point of sorted) {
    while (chain.length >= 2 && cross(chain[chain.length - 2]!, chain[chain.length - 1]!, point) <= 0) {
      chain.pop();
    }
    chain.push(point);
  }
  return chain.slice(0, -1);
}

/** Twice the signed area of the triangle a, b, c. */
function cross(a: Point, b: Point, c: Point): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}
