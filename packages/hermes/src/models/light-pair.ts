/**
 * The light pair: two MobileNetV2 (Sandler et al. 2018, https://arxiv.org/abs/1801.04381), one under a small U-Net decoder,
 * one as classifier, with the heads and both inter-task paths of Hermes (https://arxiv.org/abs/2508.02265).
 * Differs from Hermes: encoders, decoder, widths; adapters are single 1x1 convolutions; the saliency bridge holds the
 * image once where it is grey.
 */
import { globalAveragePool, relu, resizeBilinear, stopGradient, type Tensor } from "@hermes-us/tensor";
import { z } from "zod";
import { interTaskAttention } from "../nn/attention.js";
import { convLayer } from "../nn/conv-layer.js";
import { convNorm } from "../nn/conv-norm.js";
import { consistencyProjector, imageEmbeddingHead, pixelEmbeddingHead } from "../nn/heads.js";
import { asColour, type InputScaling, scaleInput } from "../nn/input-scaling.js";
import { linearLayer } from "../nn/linear-layer.js";
import { saliencyBridge } from "../nn/saliency.js";
import type { Scope } from "../nn/scope.js";
import { defineModel } from "./define-model.js";
import {
  MOBILENET_V2_BLOCKS,
  type MobileNetV2Options,
  mobileNetV2Blocks,
  mobileNetV2Head,
  mobileNetV2Taps,
} from "./mobilenet-v2.js";
import { interTaskOptions, type PairAttention, pairModel } from "./pair.js";
import { unetDecoder } from "./unet-decoder.js";

const options = z.strictObject({
  ...interTaskOptions,
  encoder: z
    .enum(["tensorflow", "torch"])
    .default("tensorflow")
    .describe("whose MobileNetV2 weights the input range and the padding are made for"),
  reach: z
    .enum(["stride-16", "stride-32"])
    .default("stride-16")
    .describe("the smallest map of the segmentation's encoder"),
  decoder: z.enum(["small", "large"]).default("small").describe("width of the segmentation's decoder"),
});

type LightPairOptions = z.output<typeof options>;

interface LightStages {
  /** Maps by stride. */
  readonly at: Readonly<Record<2 | 4 | 8 | 16, Tensor>>;
  /** The encoder's map at stride 16, which the consistency projector reads. */
  readonly deep: Tensor;
}

const INPUT_SCALING = { tensorflow: "symmetric", torch: "imagenet" } as const satisfies Record<
  LightPairOptions["encoder"],
  InputScaling
>;

function encoderOptions({ encoder }: LightPairOptions): MobileNetV2Options {
  return { unit: convNorm, padding: encoder };
}

function encoderInput(image: Tensor, { encoder }: LightPairOptions): Tensor {
  return scaleInput(asColour(image), INPUT_SCALING[encoder]);
}

function segment(scope: Scope, image: Tensor, saliency: Tensor | null, model: LightPairOptions): LightStages {
  const bottom = REACH[model.reach];
  const { blocks } = mobileNetV2Blocks(scope.child("encoder"), encoderInput(image, model), {
    options: encoderOptions(model),
    blockCount: mobileNetV2Taps[bottom] + 1,
  });
  const tap = (stride: keyof typeof mobileNetV2Taps): Tensor => blocks[mobileNetV2Taps[stride]]!;
  const stages = DECODERS[model.decoder].filter(({ stride }) => stride < bottom);
  const outputs = unetDecoder(
    scope.child("decoder"),
    tap(bottom),
    stages.map(({ stride, outChannels, convolutions }) => ({
      skip: tap(stride),
      outChannels,
      convolutions,
      extras: stride === 4 && saliency !== null ? [saliencyBridge(image, saliency)] : [],
    })),
  );
  const at = { 2: outputs.at(-1)!, 4: outputs.at(-2)!, 8: outputs.at(-3)!, 16: outputs.at(-4) ?? tap(16) };
  return { at, deep: tap(16) };
}

function maskLogits(scope: Scope, finest: Tensor, maskClasses: number): Tensor {
  const small = convLayer(scope.child("final"), finest, {
    outChannels: maskClasses,
    kernel: 1,
    bias: "learned",
  });
  return resizeBilinear(small, { height: 2 * finest.shape[2]!, width: 2 * finest.shape[3]! }, "half-pixel");
}

/** Gates the classifier's map after the last block at strides 2 to 16 by the decoder's map of the same stride. */
function attend(scope: Scope, { gate, stages }: PairAttention<LightStages>) {
  return (block: number, y: Tensor): Tensor => {
    const stride = ATTENTION_STRIDES.find((candidate) => mobileNetV2Taps[candidate] === block);
    if (stride === undefined) return y;
    const maskMap = stopGradient(stages().at[stride]);
    const adapted = relu(
      convNorm(scope.child(`adapters.${stride}`), maskMap, { outChannels: y.shape[1]!, kernel: 1 }),
    );
    return interTaskAttention(scope.child(`attention.${stride}`), y, adapted, gate);
  };
}

/** @returns the classifier's feature [N, 1280] */
function classFeature(
  scope: Scope,
  image: Tensor,
  attention: PairAttention<LightStages> | null,
  model: LightPairOptions,
): Tensor {
  const encoder = scope.child("encoder");
  const { blocks } = mobileNetV2Blocks(encoder, encoderInput(image, model), {
    options: encoderOptions(model),
    blockCount: MOBILENET_V2_BLOCKS,
    ...(attention === null ? {} : { between: attend(scope, attention) }),
  });
  const last = blocks[MOBILENET_V2_BLOCKS - 1]!;
  return globalAveragePool(mobileNetV2Head(encoder, last, encoderOptions(model)));
}

const PROJECTOR = { hidden: 256, features: 256, firstIndex: 0 } as const;
const EMBEDDING_FEATURES = 64;
const ATTENTION_STRIDES = [2, 4, 8, 16] as const;

const REACH = { "stride-16": 16, "stride-32": 32 } as const;

/** From small to large. */
const DECODERS = {
  small: [
    { stride: 16, outChannels: 96, convolutions: 1 },
    { stride: 8, outChannels: 64, convolutions: 1 },
    { stride: 4, outChannels: 32, convolutions: 1 },
    { stride: 2, outChannels: 16, convolutions: 1 },
  ],
  large: [
    { stride: 16, outChannels: 96, convolutions: 2 },
    { stride: 8, outChannels: 64, convolutions: 2 },
    { stride: 4, outChannels: 48, convolutions: 2 },
    { stride: 2, outChannels: 32, convolutions: 2 },
  ],
} as const;

export const lightPair = defineModel({
  name: "light-pair",
  title: "two MobileNetV2: U-Net and classifier, for CPUs",
  paper: "https://arxiv.org/abs/1801.04381",
  options,
  sizeMultiplePx: 32,
  build: (model, { classes, maskClasses }) =>
    pairModel(model, {
      image: (image) => image,
      segment: (scope, image, saliency) => segment(scope, image, saliency, model),
      maskLogits: (scope, { at }) => maskLogits(scope, at[2], maskClasses),
      pixelEmbedding: (scope, { at }) =>
        pixelEmbeddingHead(scope.child("embedding"), at[4], EMBEDDING_FEATURES),
      maskProjection: (scope, { deep }) =>
        consistencyProjector(scope.child("consistency"), globalAveragePool(deep), PROJECTOR),
      classFeature: (scope, image, attention) => classFeature(scope, image, attention, model),
      classLogits: (scope, feature) =>
        linearLayer(scope.child("cls_head"), feature, { outFeatures: classes, bias: "learned" }),
      imageEmbedding: (scope, feature) =>
        imageEmbeddingHead(scope.child("embedding"), feature, { hidden: 256, features: 128 }),
      classProjection: (scope, feature) =>
        consistencyProjector(scope.child("consistency"), feature, PROJECTOR),
    }),
  pretrained: () => [
    { prefix: "seg.encoder.", names: /./, architecture: "mobilenet-v2" },
    { prefix: "cls.encoder.", names: /./, architecture: "mobilenet-v2" },
  ],
});
