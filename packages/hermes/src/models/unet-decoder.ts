/**
 * A U-Net decoder on the taps of any encoder. Ronneberger et al. 2015, https://arxiv.org/abs/1505.04597.
 * Differs from the paper: bilinear upsampling instead of transposed convolution; padded convolutions; batch norm.
 */
import { concat, relu, resizeBilinear, type Tensor } from "@hermes-us/tensor";
import { convNorm } from "../nn/conv-norm.js";
import type { Scope } from "../nn/scope.js";

export interface DecoderStage {
  /** The encoder's map [N, C, h, w] at this stage's size. */
  readonly skip: Tensor;
  /** Further maps of that size, for instance the saliency bridge. */
  readonly extras?: readonly Tensor[];
  readonly outChannels: number;
  /** Convolutions 3x3 after the maps are joined. */
  readonly convolutions: number;
}

/**
 * @param bottom the encoder's smallest map
 * @param stages from small to large
 * @param firstIndex names of the stages count from here: another call made the ones before
 * @returns each stage's map [N, outChannels, h, w]
 */
export function unetDecoder(
  scope: Scope,
  bottom: Tensor,
  stages: readonly DecoderStage[],
  firstIndex = 0,
): Tensor[] {
  const outputs: Tensor[] = [];
  let current = bottom;
  for (const [index, stage] of stages.entries()) {
    const [height, width] = [stage.skip.shape[2]!, stage.skip.shape[3]!];
    const risen = resizeBilinear(current, { height, width }, "half-pixel");
    const joined = concat([stage.skip, risen, ...(stage.extras ?? [])], 1);
    current = convStack(scope.child(`stages.${firstIndex + index}`), joined, stage);
    outputs.push(current);
  }
  return outputs;
}

/** @returns [N, outChannels, H, W] after `convolutions` times 3x3 conv, batch norm, ReLU */
export function convStack(
  scope: Scope,
  x: Tensor,
  { outChannels, convolutions }: { readonly outChannels: number; readonly convolutions: number },
): Tensor {
  let current = x;
  for (let i = 0; i < convolutions; i++) {
    current = relu(convNorm(scope.child(String(i)), current, { outChannels, kernel: 3 }));
  }
  return current;
}
