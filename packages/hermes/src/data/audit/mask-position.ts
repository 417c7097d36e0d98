import { type Component, findComponents } from "./components.js";
import { shrink, shrinkToFit } from "./thumbnail.js";

/** How well an outline sits on something that looks like a lesion: darker inside its edge than outside. */
export interface MaskPosition {
  /** Contrast across the outline where it is, in standard deviations. */
  readonly here: number;
  /** The highest contrast that the same outline would have at a place beside the lesion. */
  readonly elsewhere: number;
}

const WORKING_SIDE_PX = 96;
const RING_PX = 2;
const SMALLEST_AREA_PX = 12;
const SHIFT_STEP_PX = 2;
/** Variance of grey levels added below the line, so that plain dark areas give no high contrast. */
const VARIANCE_FLOOR = 30;

/**
 * @param grey [H, W]
 * @param mask [H, W], 0 or 1
 * @returns `null` where the lesion is too small or too large to tell
 */
export function measureMaskPosition(
  grey: ArrayLike<number>,
  mask: ArrayLike<number>,
  size: { widthPx: number; heightPx: number },
): MaskPosition | null {
  const image = shrinkToFit(grey, size, WORKING_SIDE_PX);
  const { widthPx, heightPx } = image;
  const small = shrink(mask, size, image).data.map((share) => (share >= 0.5 ? 1 : 0));
  const lesion = findComponents(small, widthPx).sort((a, b) => b.areaPx - a.areaPx)[0];
  if (lesion === undefined || lesion.areaPx < SMALLEST_AREA_PX || lesion.areaPx > 0.35 * small.length)
    return null;
  const ring = ringOf(small, lesion, widthPx, heightPx);
  let elsewhere = -Infinity;
  const extentX = lesion.right - lesion.left + 1;
  const extentY = lesion.bottom - lesion.top + 1;
  for (let dy = -lesion.top; dy <= heightPx - 1 - lesion.bottom; dy += SHIFT_STEP_PX) {
    for (let dx = -lesion.left; dx <= widthPx - 1 - lesion.right; dx += SHIFT_STEP_PX) {
      if (Math.abs(dx) < 0.7 * extentX && Math.abs(dy) < 0.7 * extentY) continue;
      elsewhere = Math.max(elsewhere, contrastAt(image.data, ring, dx, dy, widthPx, heightPx));
    }
  }
  return { here: contrastAt(image.data, ring, 0, 0, widthPx, heightPx), elsewhere };
}

interface Ring {
  readonly innerX: readonly number[];
  readonly innerY: readonly number[];
  readonly outerX: readonly number[];
  readonly outerY: readonly number[];
}

/** Pixels within a short distance of the edge, inside and outside. */
function ringOf(mask: ArrayLike<number>, lesion: Component, widthPx: number, heightPx: number): Ring {
  const ring = {
    innerX: [] as number[],
    innerY: [] as number[],
    outerX: [] as number[],
    outerY: [] as number[],
  };
  const valueAt = (x: number, y: number): number =>
    x < 0 || y < 0 || x >= widthPx || y >= heightPx ? 0 : mask[y * widthPx + x]!;
  for (let y = lesion.top - RING_PX; y <= lesion.bottom + RING_PX; y++) {
    for (let x = lesion.left - RING_PX; x <= lesion.right + RING_PX; x++) {
      const own = valueAt(x, y);
      let nearEdge = 0;
      for (let dy = -RING_PX; dy <= RING_PX; dy++) {
        for (let dx = -RING_PX; dx <= RING_PX; dx++) if (valueAt(x + dx, y + dy) !== own) nearEdge = 1;
      }
      if (nearEdge === 0) continue;
      (own === 1 ? ring.innerX : ring.outerX).push(x);
      (own === 1 ? ring.innerY : ring.outerY).push(y);
    }
  }
  return ring;
}

function contrastAt(
  image: ArrayLike<number>,
  ring: Ring,
  dx: number,
  dy: number,
  widthPx: number,
  heightPx: number,
): number {
  const inner = moments(image, ring.innerX, ring.innerY, dx, dy, widthPx, heightPx);
  const outer = moments(image, ring.outerX, ring.outerY, dx, dy, widthPx, heightPx);
  return (outer.mean - inner.mean) / Math.sqrt((inner.variance + outer.variance) / 2 + VARIANCE_FLOOR);
}

function moments(
  image: ArrayLike<number>,
  xs: readonly number[],
  ys: readonly number[],
  dx: number,
  dy: number,
  widthPx: number,
  heightPx: number,
): { mean: number; variance: number } {
  let sum = 0;
  let squares = 0;
  let count = 0;
  for (let i = 0; i < xs.length; i++) {
    const x = xs[i]! + dx;
    const y = ys[i]! + dy;
    if (x < 0 || y < 0 || x >= widthPx || y >= heightPx) continue;
    const value = image[y * widthPx + x]!;
    sum += value;
    squares += value * value;
    count++;
  }
  if (count === 0) return { mean: 0, variance: 0 };
  const mean = sum / count;
  return { mean, variance: Math.max(0, squares / count - mean * mean) };
}
