import type { Thumbnail } from "./thumbnail.js";

/**
 * How one picture lies in another: the point (x, y) of the first, both from 0 to 1, is the point
 * (offsetX + scaleX x, offsetY + scaleY y) of the second. Identity for an uncropped copy.
 */
export interface Placement {
  readonly offsetX: number;
  readonly scaleX: number;
  readonly offsetY: number;
  readonly scaleY: number;
}

export const identityPlacement: Placement = { offsetX: 0, scaleX: 1, offsetY: 0, scaleY: 1 };

/** The four edges of the first picture in the second; what the search moves. */
interface Edges {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Whole shifts first, then single edges. */
const MOVES: readonly Edges[] = [
  { left: 1, top: 0, right: 1, bottom: 0 },
  { left: -1, top: 0, right: -1, bottom: 0 },
  { left: 0, top: 1, right: 0, bottom: 1 },
  { left: 0, top: -1, right: 0, bottom: -1 },
  { left: 1, top: 0, right: 0, bottom: 0 },
  { left: -1, top: 0, right: 0, bottom: 0 },
  { left: 0, top: 0, right: 1, bottom: 0 },
  { left: 0, top: 0, right: -1, bottom: 0 },
  { left: 0, top: 1, right: 0, bottom: 0 },
  { left: 0, top: -1, right: 0, bottom: 0 },
  { left: 0, top: 0, right: 0, bottom: 1 },
  { left: 0, top: 0, right: 0, bottom: -1 },
];

/** Crops beyond this share of a side are not looked for. */
const LARGEST_SHIFT = 0.12;
const FIRST_STEP = 0.032;
const LAST_STEP = 0.004;

/**
 * Finds the crop that makes two pictures agree best: a pattern search over the four edges, from coarse to fine steps,
 * that maximises the normalised correlation of the part they share.
 */
export function alignCrop(
  first: Thumbnail,
  second: Thumbnail,
): { placement: Placement; correlation: number } {
  let edges: Edges = { left: 0, top: 0, right: 1, bottom: 1 };
  let best = correlate(first, second, placementOf(edges));
  for (let step = FIRST_STEP; step >= LAST_STEP; step /= 2) {
    for (let round = 0; round < 4; round++) {
      const before = best;
      for (const move of MOVES) {
        const tried = moved(edges, move, step);
        const correlation = isNear(tried) ? correlate(first, second, placementOf(tried)) : -1;
        if (correlation <= best) continue;
        best = correlation;
        edges = tried;
      }
      if (best === before) break;
    }
  }
  return { placement: placementOf(edges), correlation: best };
}

function moved(edges: Edges, move: Edges, step: number): Edges {
  return {
    left: edges.left + step * move.left,
    top: edges.top + step * move.top,
    right: edges.right + step * move.right,
    bottom: edges.bottom + step * move.bottom,
  };
}

function isNear({ left, top, right, bottom }: Edges): boolean {
  return [left, top, right - 1, bottom - 1].every((shift) => Math.abs(shift) <= LARGEST_SHIFT);
}

function placementOf({ left, top, right, bottom }: Edges): Placement {
  return { offsetX: left, scaleX: right - left, offsetY: top, scaleY: bottom - top };
}

/**
 * @returns `second` seen in the frame of `first`'s size; NaN where the first reaches beyond the second
 */
export function resampleInto(
  second: Thumbnail,
  size: { widthPx: number; heightPx: number },
  at: Placement,
): Float32Array {
  const { widthPx, heightPx } = size;
  const out = new Float32Array(widthPx * heightPx);
  const columns = sources(widthPx, second.widthPx, at.offsetX, at.scaleX);
  const rows = sources(heightPx, second.heightPx, at.offsetY, at.scaleY);
  for (let y = 0; y < heightPx; y++) {
    const fromY = rows[y]!;
    const y0 = Math.floor(fromY);
    const fy = fromY - y0;
    const top = y0 * second.widthPx;
    const bottom = Math.min(y0 + 1, second.heightPx - 1) * second.widthPx;
    for (let x = 0; x < widthPx; x++) {
      const fromX = columns[x]!;
      if (Number.isNaN(fromX) || Number.isNaN(fromY)) {
        out[y * widthPx + x] = Number.NaN;
        continue;
      }
      const x0 = Math.floor(fromX);
      const x1 = Math.min(x0 + 1, second.widthPx - 1);
      const fx = fromX - x0;
      const above = second.data[top + x0]! + fx * (second.data[top + x1]! - second.data[top + x0]!);
      const below = second.data[bottom + x0]! + fx * (second.data[bottom + x1]! - second.data[bottom + x0]!);
      out[y * widthPx + x] = above + fy * (below - above);
    }
  }
  return out;
}

/** @returns for each pixel where it lies in the other picture, in that one's pixels; NaN outside */
function sources(count: number, otherCount: number, offset: number, scale: number): Float64Array {
  return Float64Array.from({ length: count }, (_, at) => {
    const from = (offset + (scale * (at + 0.5)) / count) * otherCount - 0.5;
    if (from < -0.5 || from > otherCount - 0.5) return Number.NaN;
    return Math.min(Math.max(from, 0), otherCount - 1);
  });
}

function correlate(first: Thumbnail, second: Thumbnail, placement: Placement): number {
  return normalisedCorrelation(first.data, resampleInto(second, first, placement));
}

/** @returns Pearson's correlation of two arrays where neither is NaN; 0 if one is constant. */
export function normalisedCorrelation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let n = 0;
  let sumA = 0;
  let sumB = 0;
  let sumAA = 0;
  let sumBB = 0;
  let sumAB = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i]!;
    const y = b[i]!;
    if (Number.isNaN(x) || Number.isNaN(y)) continue;
    n++;
    sumA += x;
    sumB += y;
    sumAA += x * x;
    sumBB += y * y;
    sumAB += x * y;
  }
  const varianceA = n * sumAA - sumA * sumA;
  const varianceB = n * sumBB - sumB * sumB;
  return varianceA <= 1e-6 || varianceB <= 1e-6
    ? 0
    : (n * sumAB - sumA * sumB) / Math.sqrt(varianceA * varianceB);
}
