import { resizePlane } from "../resize.js";

/** A small grey picture, values 0 to 255. */
export interface Thumbnail {
  readonly widthPx: number;
  readonly heightPx: number;
  /** [H, W] */
  readonly data: Float32Array | Uint8Array;
}

/** @returns the area-averaged copy of a size */
export function shrink(
  data: ArrayLike<number>,
  from: { widthPx: number; heightPx: number },
  to: { widthPx: number; heightPx: number },
): Thumbnail {
  const plane = { widthPx: from.widthPx, heightPx: from.heightPx, data };
  return { ...to, data: Float32Array.from(resizePlane(plane, to.widthPx, to.heightPx, "area")) };
}

/** @returns a copy whose longest side is at most `longestPx`, proportions kept */
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
