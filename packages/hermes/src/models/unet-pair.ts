/**
 * A small plain U-Net (https://arxiv.org/abs/1505.04597; the paper of Hermes draws a plain U-Net too) and a small convolutional
 * classifier with the heads and both inter-task paths of Hermes (https://arxiv.org/abs/2508.02265): for tests and demos,
 * without pretrained weights.
 */
import { globalAveragePool, relu, stopGradient, type Tensor } from "@hermes-us/tensor";
import { z } from "zod";
import { interTaskAttention } from "../nn/attention.js";
import { convLayer } from "../nn/conv-layer.js";
import { convNorm } from "../nn/conv-norm.js";
import { consistencyProjector, imageEmbeddingHead, pixelEmbeddingHead } from "../nn/heads.js";
import { scaleInput } from "../nn/input-scaling.js";
import { linearLayer } from "../nn/linear-layer.js";
import { saliencyBridge } from "../nn/saliency.js";
import type { Scope } from "../nn/scope.js";
import { defineModel } from "./define-model.js";
import { interTaskOptions, type PairAttention, pairModel } from "./pair.js";
import { unetEncoder } from "./unet.js";
import { unetDecoder } from "./unet-decoder.js";

const options = z.strictObject({
  ...interTaskOptions,
  width: z.int().min(4).max(128).default(8).describe("channels of the first level; doubled at each level"),
  convolutions: z.int().min(1).max(3).default(2).describe("3x3 convolutions per level"),
});

type UnetPairOptions = z.output<typeof options>;

interface UnetPairStages {
  /** Maps by stride; at 8 the bottom of the U. */
  readonly at: Readonly<Record<1 | 2 | 4 | 8, Tensor>>;
}

function widthsOf({ width }: UnetPairOptions): number[] {
  return LEVELS.map((level) => width * 2 ** level);
}

function segment(
  scope: Scope,
  image: Tensor,
  saliency: Tensor | null,
  model: UnetPairOptions,
): UnetPairStages {
  const { convolutions } = model;
  const widths = widthsOf(model);
  const encoder = scope.child("encoder");
  const [e1, e2, e4, e8] = unetEncoder(encoder, scaleInput(image, "symmetric"), { widths, convolutions });
  const bridge = saliency === null ? [] : [saliencyBridge(image, saliency)];
  const [d4, d2, d1] = unetDecoder(scope.child("decoder"), e8!, [
    { skip: e4!, outChannels: widths[2]!, convolutions, extras: bridge },
    { skip: e2!, outChannels: widths[1]!, convolutions },
    { skip: e1!, outChannels: widths[0]!, convolutions },
  ]);
  return { at: { 1: d1!, 2: d2!, 4: d4!, 8: e8! } };
}

/** Gates the classifier's map at strides 2, 4 and 8 by the U-Net's map of the same stride. */
function attend(scope: Scope, { gate, stages }: PairAttention<UnetPairStages>) {
  return (stride: number, y: Tensor): Tensor => {
    const known = ATTENTION_STRIDES.find((candidate) => candidate === stride);
    if (known === undefined) return y;
    const maskMap = stopGradient(stages().at[known]);
    const adapted = relu(
      convNorm(scope.child(`adapters.${stride}`), maskMap, { outChannels: y.shape[1]!, kernel: 1 }),
    );
    return interTaskAttention(scope.child(`attention.${stride}`), y, adapted, gate);
  };
}

/** @returns [N, 16 * width] */
function classFeature(
  scope: Scope,
  image: Tensor,
  attention: PairAttention<UnetPairStages> | null,
  model: UnetPairOptions,
): Tensor {
  const levels = unetEncoder(scope.child("encoder"), scaleInput(image, "symmetric"), {
    widths: [...widthsOf(model), model.width * 2 ** LEVELS.length],
    convolutions: model.convolutions,
    ...(attention === null ? {} : { between: attend(scope, attention) }),
  });
  return globalAveragePool(levels.at(-1)!);
}

const LEVELS = [0, 1, 2, 3] as const;
const ATTENTION_STRIDES = [2, 4, 8] as const;
const EMBEDDING_FEATURES = 32;
const PROJECTOR = { hidden: 64, features: 64, firstIndex: 0 } as const;

export const unetPair = defineModel({
  name: "unet-pair",
  title: "small plain U-Net and small classifier, from scratch",
  paper: "https://arxiv.org/abs/1505.04597",
  options,
  sizeMultiplePx: 16,
  build: (model, { classes, maskClasses }) =>
    pairModel(model, {
      image: (image) => image,
      segment: (scope, image, saliency) => segment(scope, image, saliency(), model),
      saliencyFrom: "plain-classifier",
      maskLogits: (scope, { at }) =>
        convLayer(scope.child("final"), at[1], { outChannels: maskClasses, kernel: 1, bias: "learned" }),
      pixelEmbedding: (scope, { at }) =>
        pixelEmbeddingHead(scope.child("embedding"), at[4], EMBEDDING_FEATURES),
      maskProjection: (scope, { at }) =>
        consistencyProjector(scope.child("consistency"), globalAveragePool(at[8]), PROJECTOR),
      classFeature: ({ cls }, image, attention) => classFeature(cls, image, attention, model),
      classLogits: (scope, feature) =>
        linearLayer(scope.child("cls_head"), feature, { outFeatures: classes, bias: "learned" }),
      imageEmbedding: (scope, feature) =>
        imageEmbeddingHead(scope.child("embedding"), feature, { hidden: 64, features: 32 }),
      classProjection: (scope, feature) =>
        consistencyProjector(scope.child("consistency"), feature, PROJECTOR),
    }),
  pretrained: () => [],
});
