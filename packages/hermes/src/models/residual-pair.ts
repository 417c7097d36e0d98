/**
 * A U-Net decoder on a ResNet (He et al. 2016, https://arxiv.org/abs/1512.03385) or a Res2Net v1b (Gao et al. 2019,
 * https://arxiv.org/abs/1904.01169), and a ResNet as classifier, apart from each other, with the heads and both inter-task
 * paths of Hermes (https://arxiv.org/abs/2508.02265).
 * Differs from Hermes: the encoder is used whole, to stride 32; decoder and widths; the gates read the decoder's maps at
 * strides 8 and 16 only; adapters are single 1x1 convolutions; the saliency is the gated classifier's, and its bridge holds
 * the image once where it is grey.
 */
import { globalAveragePool, type Tensor } from "@hermes-us/tensor";
import { z } from "zod";
import { asColour, scaleInput } from "../nn/input-scaling.js";
import type { Scope } from "../nn/scope.js";
import { defineModel } from "./define-model.js";
import { interTaskOptions, type PairAttention } from "./pair.js";
import { type ResNetOptions, resNetStages, resNets } from "./resnet.js";
import { res2NetStages, res2Nets } from "./res2net.js";
import { attend, salientDecoder, salientPair, type SalientStages } from "./salient-decoder.js";

const options = z.strictObject({
  ...interTaskOptions,
  encoder: z
    .enum(["resnet-18", "resnet-34", "resnet-50", "res2net-50-v1b", "res2net-101-v1b"])
    .default("resnet-18")
    .describe("the segmentation's encoder"),
  classifier: z
    .enum(["resnet-18", "resnet-34", "resnet-50"])
    .default("resnet-18")
    .describe("the classifier's network"),
});

type ResidualPairOptions = z.output<typeof options>;

/** @returns the maps at strides 2, 4, 8, 16 and 32 */
function encode(scope: Scope, image: Tensor, encoder: ResidualPairOptions["encoder"]): Tensor[] {
  const x = encoderInput(image);
  switch (encoder) {
    case "res2net-50-v1b":
    case "res2net-101-v1b":
      return res2NetStages(scope, x, res2Nets[encoder], LAST_STAGE);
    default:
      return resNetStages(scope, x, resNets[encoder], { lastStage: LAST_STAGE });
  }
}

function encoderInput(image: Tensor): Tensor {
  return scaleInput(asColour(image), "imagenet");
}

function segment(
  scope: Scope,
  image: Tensor,
  saliency: () => Tensor | null,
  { encoder }: ResidualPairOptions,
): SalientStages {
  const maps = encode(scope.child("encoder"), image, encoder);
  return salientDecoder(scope.child("decoder"), {
    image,
    saliency,
    bottom: 32,
    tap: (stride) => maps[STRIDES.indexOf(stride)]!,
    levels: DECODER,
  });
}

/** @returns the classifier's feature, [N, 512], of ResNet-50 [N, 2048] */
function classFeature(
  scope: Scope,
  image: Tensor,
  attention: PairAttention<SalientStages> | null,
  { classifier }: ResidualPairOptions,
): Tensor {
  const network: ResNetOptions = {
    lastStage: LAST_STAGE,
    between: attend(scope, attention, GATE_POINTS),
  };
  const maps = resNetStages(scope.child("encoder"), encoderInput(image), resNets[classifier], network);
  return globalAveragePool(maps[LAST_STAGE]!);
}

const LAST_STAGE = 4;

/** Of a ResNet's and a Res2Net's stages, stem first. */
const STRIDES = [2, 4, 8, 16, 32] as const;

/** From small to large. */
const DECODER = [
  { stride: 16, outChannels: 256, convolutions: 2 },
  { stride: 8, outChannels: 128, convolutions: 2 },
  { stride: 4, outChannels: 64, convolutions: 2 },
  { stride: 2, outChannels: 32, convolutions: 2 },
] as const;

/** After the stem and layers 1 to 3, as in the released code. */
const GATE_POINTS = [
  { after: 0, stride: 2, maskStride: 8 },
  { after: 1, stride: 4, maskStride: 8 },
  { after: 2, stride: 8, maskStride: 8 },
  { after: 3, stride: 16, maskStride: 16 },
] as const;

export const residualPair = defineModel({
  name: "residual-pair",
  title: "U-Net on a ResNet or Res2Net, and a ResNet classifier",
  paper: "https://arxiv.org/abs/1512.03385",
  options,
  sizeMultiplePx: 32,
  build: (model, inputs) =>
    salientPair(model, inputs, {
      segment: (scope, image, saliency) => segment(scope, image, saliency, model),
      classFeature: ({ cls }, image, attention) => classFeature(cls, image, attention, model),
    }),
  pretrained: ({ encoder, classifier }) => [
    { prefix: "seg.encoder.", names: /./, architecture: encoder },
    { prefix: "cls.encoder.", names: /./, architecture: classifier },
  ],
});
