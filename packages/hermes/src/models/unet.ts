/**
 * The contracting half of a plain U-Net. Ronneberger et al. 2015, https://arxiv.org/abs/1505.04597, figure 1.
 * Differs from the paper: padded convolutions, batch norm, any widths. The expanding half is unet-decoder.ts.
 */
import { maxPool2d, type Tensor } from "@hermes-us/tensor";
import type { Scope } from "../nn/scope.js";
import { convStack } from "./unet-decoder.js";

export interface UnetEncoderOptions {
  /** Channels at strides 1, 2, 4, ... */
  readonly widths: readonly number[];
  /** Convolutions 3x3 per level; two in the paper. */
  readonly convolutions: number;
  /** Is given each level's map and its stride, and returns what the next level gets. */
  readonly between?: (stride: number, y: Tensor) => Tensor;
}

/**
 * @param x [N, C, H, W]
 * @returns a map per width, at strides 1, 2, 4, ...
 */
export function unetEncoder(
  scope: Scope,
  x: Tensor,
  { widths, convolutions, between = (_, y) => y }: UnetEncoderOptions,
): Tensor[] {
  const levels: Tensor[] = [];
  for (const [level, outChannels] of widths.entries()) {
    const above = levels[level - 1];
    const start = above === undefined ? x : maxPool2d(above, { kernel: [2, 2] });
    const y = convStack(scope.child(`levels.${level}`), start, { outChannels, convolutions });
    levels.push(between(2 ** level, y));
  }
  return levels;
}
