import type { Key } from "../../random.js";
import type { PixelRect } from "../prepared-image.js";

export interface CutMixOptions {
  /** Area of the box as a share of the view's, drawn evenly. */
  readonly areaShare: readonly [number, number];
  /** Width to height of the box, drawn evenly on a log scale. */
  readonly aspect: readonly [number, number];
}

/**
 * A box to paste from one image into another. CutMix: Yun et al., ICCV 2019, https://arxiv.org/abs/1905.04899;
 * defaults as in UniMatch (Yang et al., CVPR 2023, https://arxiv.org/abs/2208.09910). The box always lies wholly
 * inside the view; where area and aspect together would not fit, the longer side is cut to the view's.
 */
export function cutMixBox(
  key: Key,
  sidePx: number,
  options: CutMixOptions = { areaShare: [0.02, 0.4], aspect: [0.3, 1 / 0.3] },
): PixelRect {
  const stream = key.stream();
  const [small, large] = options.areaShare;
  const areaPx = (small + (large - small) * stream.uniform()) * sidePx ** 2;
  const [low, high] = [Math.log(options.aspect[0]), Math.log(options.aspect[1])];
  const aspect = Math.exp(low + (high - low) * stream.uniform());
  const widthPx = clampSide(Math.sqrt(areaPx * aspect), sidePx);
  const heightPx = clampSide(Math.sqrt(areaPx / aspect), sidePx);
  const leftPx = stream.integer(0, sidePx - widthPx + 1);
  const topPx = stream.integer(0, sidePx - heightPx + 1);
  return { leftPx, topPx, widthPx, heightPx };
}

/** Marks the boxes of N views. @returns [N, 1, V, V], 1 inside the box */
export function boxMasks(boxes: readonly PixelRect[], sidePx: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(boxes.length * sidePx * sidePx);
  boxes.forEach(({ leftPx, topPx, widthPx, heightPx }, n) => {
    for (let row = topPx; row < topPx + heightPx; row++) {
      const from = (n * sidePx + row) * sidePx + leftPx;
      out.fill(1, from, from + widthPx);
    }
  });
  return out;
}

function clampSide(wantedPx: number, sidePx: number): number {
  return Math.min(sidePx, Math.max(1, Math.round(wantedPx)));
}
