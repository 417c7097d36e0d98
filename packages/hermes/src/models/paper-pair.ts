/**
 * The pair of networks of Hermes, https://arxiv.org/abs/2508.02265: Res2Net-101 U-Net and ResNet-18, with both inter-task
 * paths in one model, on every pass.
 * Differs from the released code: see paper-segmenter.ts; attention inputs are detached; the saliency is scaled to [0, 1]
 * per image; the gate has a residual unless `published` is asked for.
 */
import { z } from "zod";
import { asColour } from "../nn/input-scaling.js";
import { defineModel } from "./define-model.js";
import { interTaskOptions, pairModel } from "./pair.js";
import {
  paperClassFeature,
  paperClassLogits,
  paperClassProjection,
  paperImageEmbedding,
} from "./paper-classifier.js";
import {
  paperMaskLogits,
  paperMaskProjection,
  paperPixelEmbedding,
  paperSegmenter,
} from "./paper-segmenter.js";

export const paperPair = defineModel({
  name: "paper-pair",
  title: "Res2Net-101 U-Net and ResNet-18, as in the paper",
  paper: "https://arxiv.org/abs/2508.02265",
  options: z.strictObject({
    ...interTaskOptions,
    dropout: z
      .number()
      .min(0)
      .lt(1)
      .default(0.25)
      .describe("share of elements that the decoder's blocks drop while training"),
  }),
  sizeMultiplePx: 16,
  build: (model, { classes, maskClasses }) =>
    pairModel(model, {
      image: asColour,
      segment: (scope, image, saliency) =>
        paperSegmenter(scope, { image, saliency: saliency(), dropProb: model.dropout }),
      saliencyFrom: "plain-classifier",
      maskLogits: (scope, stages) => paperMaskLogits(scope, stages, maskClasses),
      pixelEmbedding: paperPixelEmbedding,
      maskProjection: paperMaskProjection,
      classFeature: ({ cls }, image, attention) => paperClassFeature(cls, image, attention),
      classLogits: (scope, feature) => paperClassLogits(scope, feature, classes),
      imageEmbedding: paperImageEmbedding,
      classProjection: paperClassProjection,
    }),
  pretrained: () => [
    { prefix: "seg.resnet.", names: /./, architecture: "res2net-101-v1b", published: "seg." },
    { prefix: "cls.", names: /^(conv1|bn1|layer\d)\./, architecture: "resnet-18", published: "cls." },
  ],
});
