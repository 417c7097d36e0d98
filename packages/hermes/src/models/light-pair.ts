/**
 * The light pair: two MobileNetV2 (Sandler et al. 2018, https://arxiv.org/abs/1801.04381), one under a small U-Net decoder,
 * one as classifier, with the heads of Hermes (https://arxiv.org/abs/2508.02265).
 * Differs from Hermes: encoders, decoder, widths; the classifier looks at the outlined lesion alone. A classifier of the whole image has
 * both inter-task paths and shares the segmentation's encoder, to stride 16, which its losses hardly teach; adapters are then
 * single 1x1 convolutions, and the saliency bridge holds the image once where it is grey.
 */
import { add, globalAveragePool, multiply, stopGradient, type Tensor } from "@hermes-us/tensor";
import { z } from "zod";
import { convNorm } from "../nn/conv-norm.js";
import { asColour, type InputScaling, scaleInput } from "../nn/input-scaling.js";
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
import { interTaskOptions, type PairAttention, type PairScopes } from "./pair.js";
import {
  attend,
  type GatePoint,
  salientDecoder,
  salientPair,
  type SalientStages,
} from "./salient-decoder.js";

const options = z.strictObject({
  ...interTaskOptions,
  saliency: interTaskOptions.saliency.default("off"),
  attention: interTaskOptions.attention.default("off"),
  classView: interTaskOptions.classView.default("lesion"),
  encoder: z
    .enum(["tensorflow", "torch"])
    .default("tensorflow")
    .describe("whose MobileNetV2 weights the input range and the padding are made for"),
  reach: z
    .enum(["stride-16", "stride-32"])
    .default("stride-16")
    .describe("the smallest map of the segmentation's encoder"),
  decoder: z.enum(["small", "large"]).default("small").describe("width of the segmentation's decoder"),
  trunk: z
    .enum(["none", "stride-4", "stride-16"])
    .default("stride-16")
    .describe("how far both tasks share one encoder, where the classifier looks at the image"),
  trunkShare: z
    .number()
    .positive()
    .max(1)
    .default(0.02)
    .describe("share of the classifier's gradient that trains the shared encoder"),
});

type LightPairOptions = z.output<typeof options>;

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

/** Stem and blocks of an encoder that starts from the image, up to and including block `last`. */
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
): SalientStages {
  const bottom = REACH[model.reach];
  const blocks = encode(scope, image, model, mobileNetV2Taps[bottom]);
  return salientDecoder(scope.child("decoder"), {
    image,
    saliency,
    bottom,
    tap: (stride) => blocks.get(mobileNetV2Taps[stride])!,
    levels: DECODERS[model.decoder],
  });
}

/** The same values, with a share of the gradient. */
function damped(x: Tensor, share: number): Tensor {
  if (share === 1) return x;
  return add(multiply(stopGradient(x), 1 - share), multiply(x, share));
}

/**
 * @returns the classifier's feature: [N, 1280] of the image; of the lesion [N, 96], to stride 16 by an encoder of its own, since few
 *   labelled images teach the later blocks little (docs/decisions/0008)
 */
function classFeature(
  { seg, cls }: PairScopes,
  image: Tensor,
  attention: PairAttention<SalientStages> | null,
  model: LightPairOptions,
): Tensor {
  if (model.classView === "lesion") {
    const last = mobileNetV2Taps[16];
    return globalAveragePool(encode(cls, image, model, last).get(last)!);
  }
  const [encoder, chosen] = [cls.child("encoder"), encoderOptions(model)];
  const { lastShared, gatePoints } = TRUNKS[model.trunk];
  const between = attend(cls, attention, gatePoints);
  const entry =
    lastShared === null
      ? mobileNetV2Stem(encoder, encoderInput(image, model), chosen)
      : between(lastShared, damped(encode(seg, image, model, lastShared).get(lastShared)!, model.trunkShare));
  const blocks = mobileNetV2Blocks(encoder, entry, {
    options: chosen,
    start: lastShared === null ? 0 : lastShared + 1,
    end: MOBILENET_V2_BLOCKS,
    between,
  });
  return globalAveragePool(mobileNetV2Head(encoder, blocks.get(MOBILENET_V2_BLOCKS - 1)!, chosen));
}

interface Trunk {
  /** The last block that both tasks share; `null`: each has an encoder of its own. */
  readonly lastShared: number | null;
  /** Where the segmentation's maps gate the classifier's. */
  readonly gatePoints: readonly GatePoint[];
}

const TRUNKS: Readonly<Record<LightPairOptions["trunk"], Trunk>> = {
  none: {
    lastShared: null,
    gatePoints: [
      { after: 0, stride: 2, maskStride: 8 },
      { after: 2, stride: 4, maskStride: 8 },
      { after: 5, stride: 8, maskStride: 8 },
      { after: 12, stride: 16, maskStride: 16 },
    ],
  },
  "stride-16": {
    lastShared: 12,
    gatePoints: [
      { after: 12, stride: 16, maskStride: 16 },
      { after: 15, stride: 32, maskStride: 16 },
    ],
  },
  "stride-4": {
    lastShared: 2,
    gatePoints: [
      { after: 2, stride: 4, maskStride: 8 },
      { after: 5, stride: 8, maskStride: 8 },
      { after: 12, stride: 16, maskStride: 16 },
      { after: 15, stride: 32, maskStride: 16 },
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
  build: (model, inputs) =>
    salientPair(model, inputs, {
      segment: (scope, image, saliency) => segment(scope, image, saliency, model),
      classFeature: (scopes, image, attention) => classFeature(scopes, image, attention, model),
    }),
  pretrained: () => [
    { prefix: "seg.encoder.", names: /./, architecture: "mobilenet-v2" },
    { prefix: "cls.encoder.", names: /./, architecture: "mobilenet-v2" },
  ],
});
