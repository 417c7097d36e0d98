import type { PixelRect } from "../data/prepared-image.js";
import { resizePlane } from "../data/resize.js";

/**
 * Brings a probability map to the image's own size by linear interpolation.
 * @param probs S x S
 * @param content where the image lies in the square, unless it fills it
 * @returns H x W
 */
export function nativeProbs(
  probs: Float32Array,
  sidePx: number,
  widthPx: number,
  heightPx: number,
  content: PixelRect = { leftPx: 0, topPx: 0, widthPx: sidePx, heightPx: sidePx },
): Float64Array {
  const data = new Float32Array(content.widthPx * content.heightPx);
  for (let y = 0; y < content.heightPx; y++) {
    const from = (content.topPx + y) * sidePx + content.leftPx;
    data.set(probs.subarray(from, from + content.widthPx), y * content.widthPx);
  }
  const inside = { widthPx: content.widthPx, heightPx: content.heightPx, data };
  return resizePlane(inside, widthPx, heightPx, "linear");
}

/** @returns 1 where the probability is above the threshold, H x W */
export function thresholdMask(probs: ArrayLike<number>, threshold: number): Uint8Array {
  return Uint8Array.from(probs, (probability) => (probability > threshold ? 1 : 0));
}
