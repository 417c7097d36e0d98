/** A small grey picture; values 0 to 255, not rounded. */
export interface Thumbnail {
  readonly widthPx: number;
  readonly heightPx: number;
  /** [H, W] */
  readonly data: Float32Array;
}

/**
 * Area-averaged copy of another size: each new pixel is the mean of what it covers. Made for shrinking; where a side
 * grows, pixels are repeated.
 * @param data grey values [H, W]
 */
export function shrink(
  data: ArrayLike<number>,
  from: { widthPx: number; heightPx: number },
  to: { widthPx: number; heightPx: number },
): Thumbnail {
  const columns = coverage(from.widthPx, to.widthPx);
  const rows = coverage(from.heightPx, to.heightPx);
  const narrow = new Float32Array(from.heightPx * to.widthPx);
  for (let y = 0; y < from.heightPx; y++) {
    for (let x = 0; x < to.widthPx; x++) {
      const { first, weights } = columns[x]!;
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i]! * data[y * from.widthPx + first + i]!;
      narrow[y * to.widthPx + x] = sum;
    }
  }
  const out = new Float32Array(to.widthPx * to.heightPx);
  for (let y = 0; y < to.heightPx; y++) {
    const { first, weights } = rows[y]!;
    for (let i = 0; i < weights.length; i++) {
      const start = (first + i) * to.widthPx;
      for (let x = 0; x < to.widthPx; x++) out[y * to.widthPx + x]! += weights[i]! * narrow[start + x]!;
    }
  }
  return { widthPx: to.widthPx, heightPx: to.heightPx, data: out };
}

/** @returns a copy whose longest side is at most `longestPx`, proportions kept. */
export function shrinkToFit(
  data: ArrayLike<number>,
  size: { widthPx: number; heightPx: number },
  longestPx: number,
): Thumbnail {
  const scale = Math.min(1, longestPx / Math.max(size.widthPx, size.heightPx));
  return shrink(data, size, {
    widthPx: Math.max(1, Math.round(size.widthPx * scale)),
    heightPx: Math.max(1, Math.round(size.heightPx * scale)),
  });
}

/** @returns for each new pixel the first old one it covers and the shares of all, which sum to 1. */
function coverage(from: number, to: number): { first: number; weights: number[] }[] {
  return Array.from({ length: to }, (_, at) => {
    const start = (at * from) / to;
    const end = ((at + 1) * from) / to;
    const first = Math.min(Math.floor(start), from - 1);
    const last = Math.min(Math.max(Math.ceil(end), first + 1), from);
    const weights: number[] = [];
    for (let i = first; i < last; i++) weights.push((Math.min(i + 1, end) - Math.max(i, start)) / (end - start));
    return { first, weights };
  });
}
