/**
 * The light pair: two MobileNetV2 (Sandler et al. 2018, https://arxiv.org/abs/1801.04381), one under a small U-Net decoder,
 * one as classifier, with the heads and both inter-task paths of Hermes (https://arxiv.org/abs/2508.02265).
 * Differs from Hermes: encoders, decoder, widths; both tasks share the encoder to stride 4, which the classifier's losses
 * therefore teach too; adapters are single 1x1 convolutions; the saliency bridge holds the image once where it is grey.
 */
import { globalAveragePool, relu, resizeBilinear, stopGradient, type Tensor } from "@hermes-us/tensor";
import { z } from "zod";
import { interTaskAttention } from "../nn/attention.js";
import { convLayer } from "../nn/conv-layer.js";
import { convNorm } from "../nn/conv-norm.js";
import { consistencyProjector, imageEmbeddingHead, pixelEmbeddingHead } from "../nn/heads.js";
import { asColour, type InputScaling, scaleInput } from "../nn/input-scaling.js";
import { lazy } from "../nn/lazy.js";
import { linearLayer } from "../nn/linear-layer.js";
import { saliencyBridge } from "../nn/saliency.js";
import type { Scope } from "../nn/scope.js";
import { defineModel } from "./define-model.js";
import {
  MOBILENET_V2_BLOCKS,
  type MobileNetV2Options,
  mobileNetV2Blocks,
  mobileNetV2Head,
  mobileNetV2Stem,
  mobileNetV2Taps,
} from "./mobilenet-v2.js";
import { interTaskOptions, type PairAttention, type PairScopes, pairModel } from "./pair.js";
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
  trunk: z.enum(["none", "stride-4"]).default("stride-4").describe("how far both tasks share one encoder"),
});

type LightPairOptions = z.output<typeof options>;

interface LightStages {
  /** Maps by stride; those at 2 and 4 need the saliency, and are made when first read. */
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

/** Stem and blocks of the segmentation's encoder, up to and including block `last`. */
function encode(scope: Scope, image: Tensor, model: LightPairOptions, last: number) {
  const [encoder, chosen] = [scope.child("encoder"), encoderOptions(model)];
  const stem = mobileNetV2Stem(encoder, encoderInput(image, model), chosen);
  return mobileNetV2Blocks(encoder, stem, { options: chosen, start: 0, end: last + 1 });
}

function segment(
  scope: Scope,
  image: Tensor,
  saliency: () => Tensor | null,
  model: LightPairOptions,
): LightStages {
  const bottom = REACH[model.reach];
  const blocks = encode(scope, image, model, mobileNetV2Taps[bottom]);
  const tap = (stride: keyof typeof mobileNetV2Taps): Tensor => blocks.get(mobileNetV2Taps[stride])!;
  const decoder = scope.child("decoder");
  const stages = DECODERS[model.decoder].filter(({ stride }) => stride < bottom);
  const [coarse, fine] = [
    stages.filter(({ stride }) => stride > 4),
    stages.filter(({ stride }) => stride <= 4),
  ];
  const early = unetDecoder(
    decoder,
    tap(bottom),
    coarse.map((stage) => ({ ...stage, skip: tap(stage.stride) })),
  );
  const late = lazy(() => {
    const map = saliency();
    const bridge = map === null ? [] : [saliencyBridge(image, map)];
    return unetDecoder(
      decoder,
      early.at(-1)!,
      fine.map((stage) => ({ ...stage, skip: tap(stage.stride), extras: stage.stride === 4 ? bridge : [] })),
      coarse.length,
    );
  });
  const at = {
    get 2() {
      return late()[1]!;
    },
    get 4() {
      return late()[0]!;
    },
    8: early.at(-1)!,
    16: early.at(-2) ?? tap(16),
  };
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

/** Gates the classifier's map after a block by the decoder's map nearest in stride, brought to the same size. */
function attend(
  scope: Scope,
  { gate, stages }: PairAttention<LightStages>,
  trunk: LightPairOptions["trunk"],
) {
  return (block: number, y: Tensor): Tensor => {
    const point = TRUNKS[trunk].attention.find((candidate) => candidate.block === block);
    if (point === undefined) return y;
    const [height, width] = [y.shape[2]!, y.shape[3]!];
    const maskMap = resizeBilinear(
      stopGradient(stages().at[point.maskStride]),
      { height, width },
      "half-pixel",
    );
    const adapted = relu(
      convNorm(scope.child(`adapters.${point.stride}`), maskMap, { outChannels: y.shape[1]!, kernel: 1 }),
    );
    return interTaskAttention(scope.child(`attention.${point.stride}`), y, adapted, gate);
  };
}

/** @returns the classifier's feature [N, 1280] */
function classFeature(
  { seg, cls }: PairScopes,
  image: Tensor,
  attention: PairAttention<LightStages> | null,
  model: LightPairOptions,
): Tensor {
  const [encoder, chosen] = [cls.child("encoder"), encoderOptions(model)];
  const { lastShared } = TRUNKS[model.trunk];
  const between = attention === null ? (_: number, y: Tensor) => y : attend(cls, attention, model.trunk);
  const entry =
    lastShared === null
      ? mobileNetV2Stem(encoder, encoderInput(image, model), chosen)
      : between(lastShared, encode(seg, image, model, lastShared).get(lastShared)!);
  const blocks = mobileNetV2Blocks(encoder, entry, {
    options: chosen,
    start: lastShared === null ? 0 : lastShared + 1,
    end: MOBILENET_V2_BLOCKS,
    between,
  });
  return globalAveragePool(mobileNetV2Head(encoder, blocks.get(MOBILENET_V2_BLOCKS - 1)!, chosen));
}

const PROJECTOR = { hidden: 256, features: 256, firstIndex: 0 } as const;
const EMBEDDING_FEATURES = 64;

interface AttentionPoint {
  /** After which block of the classifier. */
  readonly block: number;
  /** Of the classifier's map. */
  readonly stride: number;
  /** Of the segmentation's map that gates it: one that needs no saliency, which is the gated classifier's gradient. */
  readonly maskStride: 8 | 16;
}

interface Trunk {
  /** The last block that both tasks share; `null`: each has an encoder of its own. */
  readonly lastShared: number | null;
  /** Where the segmentation's maps gate the classifier's. */
  readonly attention: readonly AttentionPoint[];
}

const TRUNKS: Readonly<Record<LightPairOptions["trunk"], Trunk>> = {
  none: {
    lastShared: null,
    attention: [
      { block: 0, stride: 2, maskStride: 8 },
      { block: 2, stride: 4, maskStride: 8 },
      { block: 5, stride: 8, maskStride: 8 },
      { block: 12, stride: 16, maskStride: 16 },
    ],
  },
  "stride-4": {
    lastShared: 2,
    attention: [
      { block: 2, stride: 4, maskStride: 8 },
      { block: 5, stride: 8, maskStride: 8 },
      { block: 12, stride: 16, maskStride: 16 },
      { block: 15, stride: 32, maskStride: 16 },
    ],
  },
};

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
      saliencyFrom: "gated-classifier",
      maskLogits: (scope, { at }) => maskLogits(scope, at[2], maskClasses),
      pixelEmbedding: (scope, { at }) =>
        pixelEmbeddingHead(scope.child("embedding"), at[4], EMBEDDING_FEATURES),
      maskProjection: (scope, { deep }) =>
        consistencyProjector(scope.child("consistency"), globalAveragePool(deep), PROJECTOR),
      classFeature: (scopes, image, attention) => classFeature(scopes, image, attention, model),
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
