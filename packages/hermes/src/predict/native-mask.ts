import { resizePlane } from "../data/resize.js";

/**
 * Brings a probability map to the image's own size by linear interpolation.
 * @param probs S x S
 * @returns H x W
 */
export function nativeProbs(
  probs: Float32Array,
  sidePx: number,
  widthPx: number,
  heightPx: number,
): Float64Array {
  return resizePlane({ widthPx: sidePx, heightPx: sidePx, data: probs }, widthPx, heightPx, "linear");
}

/** @returns 1 where the probability is above the threshold, H x W */
export function thresholdMask(probs: ArrayLike<number>, threshold: number): Uint8Array {
  return Uint8Array.from(probs, (probability) => (probability > threshold ? 1 : 0));
}
