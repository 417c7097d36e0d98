/**
 * The classification network of Hermes, https://arxiv.org/abs/2508.02265, as in its released code (Aventador8/Hermes at
 * 88de349): a ResNet-18 with inter-task attention at four points; names as in the published checkpoints.
 */
import { globalAveragePool, relu, stopGradient, type Tensor } from "@hermes-us/tensor";
import { interTaskAttention } from "../nn/attention.js";
import { convLayer } from "../nn/conv-layer.js";
import { consistencyProjector, imageEmbeddingHead } from "../nn/heads.js";
import { linearLayer } from "../nn/linear-layer.js";
import { batchNormLayer } from "../nn/norm-layer.js";
import type { Scope } from "../nn/scope.js";
import type { PairAttention } from "./pair.js";
import type { PaperSegmenterStages } from "./paper-segmenter.js";
import { type ResNetStage, resNetStages, resNets } from "./resnet.js";

/** Twice 3x3 convolution, batch norm, ReLU, halving the channels. */
function adapter(scope: Scope, x: Tensor): Tensor {
  let y = x;
  for (const first of [0, 3]) {
    const outChannels = y.shape[1]! / 2;
    const conv = convLayer(scope.child(String(first)), y, { outChannels, kernel: 3, bias: "learned" });
    y = relu(batchNormLayer(scope.child(String(first + 1)), conv));
  }
  return y;
}

function attend(scope: Scope, { gate, stages }: PairAttention<PaperSegmenterStages>) {
  return (stage: ResNetStage, y: Tensor): Tensor => {
    if (stage === 4) return y;
    const { source, attention, adapter: name } = ATTENTION_POINTS[stage];
    const maskMap = stopGradient(stages()[source]);
    const adapted = name === null ? maskMap : adapter(scope.child(name), maskMap);
    return interTaskAttention(scope.child(attention), y, adapted, gate);
  };
}

/**
 * @param image [N, 3, H, W] in [0, 1]
 * @param attention what gates the maps; `null` for a plain ResNet-18
 * @returns the image's feature [N, 512]
 */
export function paperClassFeature(
  scope: Scope,
  image: Tensor,
  attention: PairAttention<PaperSegmenterStages> | null,
): Tensor {
  const stages = resNetStages(scope, image, resNets["resnet-18"], {
    lastStage: 4,
    ...(attention === null ? {} : { between: attend(scope, attention) }),
  });
  return globalAveragePool(stages[4]!);
}

/** @returns [N, classes] */
export function paperClassLogits(scope: Scope, feature: Tensor, classes: number): Tensor {
  return linearLayer(scope.child("cls_head"), feature, { outFeatures: classes, bias: "learned" });
}

/** @returns [N, 128], unit length */
export function paperImageEmbedding(scope: Scope, feature: Tensor): Tensor {
  return imageEmbeddingHead(scope.child("cls_embed_head"), feature, { hidden: 256, features: 128 });
}

/** @returns [N, 256], nothing negative */
export function paperClassProjection(scope: Scope, feature: Tensor): Tensor {
  return consistencyProjector(scope.child("interTaskConsistency_projection_class"), feature, {
    hidden: 256,
    features: 256,
    firstIndex: 0,
  });
}

/** By the classifier's stage: which of the segmentation's maps gates it, and under which published names. */
const ATTENTION_POINTS = {
  0: { source: "d3", attention: "intra_attention4", adapter: null },
  1: { source: "d2", attention: "intra_attention3", adapter: "confuesed3" },
  2: { source: "d1", attention: "intra_attention2", adapter: "confuesed2" },
  3: { source: "e3", attention: "intra_attention1", adapter: "confuesed1" },
} as const;
