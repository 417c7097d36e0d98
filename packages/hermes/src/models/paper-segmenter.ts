/**
 * The segmentation network of Hermes, https://arxiv.org/abs/2508.02265, as in its released code (Aventador8/Hermes at
 * 88de349): a U-Net decoder on the stem and three layers of a Res2Net-101 v1b; names as in the published checkpoints.
 * Differs from the code: with the saliency bridge, the block at a quarter of the size gives 256 channels, not 512, since
 * the next one takes 256; the last 1x1 convolution comes before the last upsampling, with which it commutes.
 */
import { concat, globalAveragePool, leakyRelu, resizeBilinear, type Tensor } from "@hermes-us/tensor";
import { convLayer } from "../nn/conv-layer.js";
import { dropoutLayer } from "../nn/dropout-layer.js";
import { consistencyProjector, pixelEmbeddingHead } from "../nn/heads.js";
import { batchNormLayer } from "../nn/norm-layer.js";
import { saliencyBridge } from "../nn/saliency.js";
import type { Scope } from "../nn/scope.js";
import { res2NetStages, res2Nets } from "./res2net.js";

export interface PaperSegmenterStages {
  /** The encoder's second layer [N, 512, H/8, W/8]. */
  readonly e2: Tensor;
  /** The encoder's third layer [N, 1024, H/16, W/16]. */
  readonly e3: Tensor;
  /** Decoder, [N, 512, H/8, W/8], [N, 256, H/4, W/4], [N, 64, H/2, W/2]. */
  readonly d1: Tensor;
  readonly d2: Tensor;
  readonly d3: Tensor;
}

interface BlockWidths {
  readonly hidden: number;
  readonly out: number;
}

/** Twice 3x3 convolution, batch norm, LeakyReLU 0.2; then dropout. */
function convBlock(scope: Scope, x: Tensor, { hidden, out }: BlockWidths, dropProb: number): Tensor {
  let y = x;
  for (const [index, outChannels] of [hidden, out].entries()) {
    const conv = convLayer(scope.child(`conv${index + 1}`), y, { outChannels, kernel: 3, bias: "learned" });
    y = leakyRelu(batchNormLayer(scope.child(`bn${index + 1}`), conv), 0.2);
  }
  return dropoutLayer(scope, y, dropProb);
}

function doubled(x: Tensor): Tensor {
  return resizeBilinear(x, { height: 2 * x.shape[2]!, width: 2 * x.shape[3]! }, "align-corners");
}

export interface PaperSegmenterInputs {
  /** [N, 3, H, W] in [0, 1]; H and W are multiples of 16. */
  readonly image: Tensor;
  /** [N, H, W], or `null` for the network without the bridge. */
  readonly saliency: Tensor | null;
  readonly dropProb: number;
}

export function paperSegmenter(
  scope: Scope,
  { image, saliency, dropProb }: PaperSegmenterInputs,
): PaperSegmenterStages {
  const encoder = res2NetStages(scope.child("resnet"), image, res2Nets["res2net-101-v1b"], 3);
  const [s0, e1, e2, e3] = encoder as [Tensor, Tensor, Tensor, Tensor];
  const block = (name: string, x: Tensor, hidden: number, out: number): Tensor =>
    convBlock(scope.child(name), x, { hidden, out }, dropProb);
  const d1 = block("conv_up_2_2", concat([e2, block("conv_up_1", doubled(e3), 1024, 512)], 1), 512, 512);
  const up2 = block("conv_up_3", doubled(d1), 512, 256);
  const d2 =
    saliency === null
      ? block("conv_up_4", concat([e1, up2], 1), 256, 256)
      : block("confused", concat([e1, up2, saliencyBridge(image, saliency)], 1), 512, 256);
  const d3 = block("conv_up_6", concat([s0, block("conv_up_5", doubled(d2), 256, 64)], 1), 64, 64);
  return { e2, e3, d1, d2, d3 };
}

/** @returns [N, maskClasses, H, W] */
export function paperMaskLogits(scope: Scope, { d3 }: PaperSegmenterStages, maskClasses: number): Tensor {
  return doubled(
    convLayer(scope.child("final"), d3, { outChannels: maskClasses, kernel: 1, bias: "learned" }),
  );
}

/** @returns [N, 256, H/8, W/8], unit length per pixel */
export function paperPixelEmbedding(scope: Scope, { e2 }: PaperSegmenterStages): Tensor {
  return pixelEmbeddingHead(scope.child("seg_contrast_embed_head"), e2, 256);
}

/** @returns [N, 256], nothing negative */
export function paperMaskProjection(scope: Scope, { e3 }: PaperSegmenterStages): Tensor {
  return consistencyProjector(scope.child("interTaskConsistency_seg"), globalAveragePool(e3), {
    hidden: 512,
    features: 256,
    firstIndex: 2,
  });
}
