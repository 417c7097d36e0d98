import { add, type Tensor } from "@hermes-us/tensor";
import { z } from "zod";
import { type Complaint, UserError } from "../errors.js";
import type { AttentionGate } from "../nn/attention.js";
import { boundedLogits } from "../nn/bounded-logits.js";
import type { JointModel } from "../nn/joint-net.js";
import { lazyJointOutput } from "../nn/joint-output.js";
import { lazy } from "../nn/lazy.js";
import { descriptorLogits } from "../nn/lesion-descriptors.js";
import { lesionExtent } from "../nn/lesion-extent.js";
import { lesionView } from "../nn/lesion-view.js";
import { inputSaliency, normaliseSaliency } from "../nn/saliency.js";
import type { Mode, Scope } from "../nn/scope.js";

/** The inter-task paths, as every pair offers them. */
export const interTaskOptions = {
  saliency: z
    .enum(["off", "input-gradient"])
    .default("input-gradient")
    .describe("what the classifier tells the segmentation"),
  attention: z
    .enum(["off", "published", "residual"])
    .default("residual")
    .describe("how the segmentation's maps gate the classifier's"),
  attentionOn: z
    .enum(["every-pass", "labelled-pass"])
    .default("every-pass")
    .describe(
      "where they do: on every pass, or in training on labelled images alone, as released, and never where the network predicts",
    ),
  lesionDescriptors: z
    .enum(["off", "fused"])
    .default("fused")
    .describe(
      "whether the class is also told from the outline: how tall, how tall for its width, how deep, how sharp the step of grey",
    ),
  classView: z
    .enum(["image", "lesion"])
    .default("image")
    .describe("what the classifier looks at: the whole image, or the outlined lesion brought close"),
};

export interface InterTask {
  readonly saliency: "off" | "input-gradient";
  readonly attention: "off" | AttentionGate;
  readonly attentionOn: "every-pass" | "labelled-pass";
  readonly lesionDescriptors: "off" | "fused";
  readonly classView: "image" | "lesion";
}

/** The segmentation's maps for the classifier; made when first asked for. */
export interface PairAttention<Stages> {
  readonly gate: AttentionGate;
  readonly stages: () => Stages;
}

/** The names of both networks: a classifier may read the segmentation's encoder. */
export interface PairScopes {
  readonly seg: Scope;
  readonly cls: Scope;
}

/** Two networks and their heads. `Stages` holds the maps of the segmentation that others read. */
export interface PairParts<Stages> {
  /** Brings the image [N, 1 or 3, H, W] to the channels that both networks take. */
  image(image: Tensor): Tensor;
  /** @param saliency makes the map [N, H, W] in [0, 1], or `null`; maps that need none must be there before it is asked */
  segment(scope: Scope, image: Tensor, saliency: () => Tensor | null): Stages;
  /**
   * Whose gradient the saliency is. `gated-classifier`: of the classifier as it predicts, which takes maps for its gates
   * that are there before the saliency is. `plain-classifier`: of the classifier without gates, as released.
   */
  readonly saliencyFrom: "gated-classifier" | "plain-classifier";
  /** @returns mask logits [N, C, H, W] */
  maskLogits(scope: Scope, stages: Stages): Tensor;
  pixelEmbedding(scope: Scope, stages: Stages): Tensor;
  maskProjection(scope: Scope, stages: Stages): Tensor;
  /**
   * @param image what the classifier looks at: the image, or the lesion brought close, which is smaller and comes without attention
   * @returns feature [N, D]
   */
  classFeature(scopes: PairScopes, image: Tensor, attention: PairAttention<Stages> | null): Tensor;
  /** @returns class logits [N, K] */
  classLogits(scope: Scope, feature: Tensor): Tensor;
  imageEmbedding(scope: Scope, feature: Tensor): Tensor;
  classProjection(scope: Scope, feature: Tensor): Tensor;
}

/** What of the inter-task paths does not go together; nothing where a model has none of them. */
export function interTaskComplaints(options: Readonly<Record<string, unknown>>): Complaint[] {
  if (options["classView"] !== "lesion") return [];
  return (["saliency", "attention"] as const)
    .filter((path) => options[path] !== "off")
    .map((path) => ({
      what: `${path} with classView=lesion`,
      got: String(options[path]),
      wanted: "off: both paths belong to a classifier of the whole image, which needs no outline first",
      fix: `add --set ${path}=off, or --set classView=image`,
    }));
}

/**
 * Joins a segmentation network, `seg.*`, and a classifier, `cls.*`, on every pass by the inter-task paths. A classifier of the whole image,
 * in evaluation mode, gives the saliency that the segmentation gets, and the segmentation's maps gate it; a classifier of the lesion
 * looks where the segmentation outlines one. Descriptors of the outlined lesion add to the class logits, which are then bounded first
 * (nn/bounded-logits.ts). All that the classifier is told is detached. The saliency is the gradient of the logit that the image makes largest: the
 * descriptors' part has none.
 * @throws UserError for paths that do not go together
 */
export function pairModel<Stages>(interTask: InterTask, parts: PairParts<Stages>): JointModel {
  const complaints = interTaskComplaints({ ...interTask });
  if (complaints.length > 0) throw new UserError(complaints);
  const { saliency, attention, attentionOn, lesionDescriptors, classView } = interTask;
  return (scope, input) => {
    const [seg, cls] = [scope.child("seg"), scope.child("cls")];
    const image = parts.image(input);
    const stages = lazy(() => parts.segment(seg, image, map));
    const gatesIn = (mode: Mode) => {
      const closed = attentionOn === "labelled-pass" && mode !== "train";
      return attention === "off" || closed ? null : { gate: attention, stages };
    };
    const gatesOfSaliency = parts.saliencyFrom === "gated-classifier" ? gatesIn("evaluate") : null;
    const map = lazy(() => {
      if (saliency === "off") return null;
      const still = { seg: seg.in("evaluate"), cls: cls.in("evaluate") };
      const classify = (x: Tensor): Tensor =>
        parts.classLogits(still.cls, parts.classFeature(still, x, gatesOfSaliency));
      return normaliseSaliency(inputSaliency(classify, image));
    });
    const maskLogits = lazy(() => parts.maskLogits(seg, stages()));
    const extent = lazy(() => lesionExtent(maskLogits()));
    const seen = (): Tensor => (classView === "image" ? image : parts.image(lesionView(input, extent())));
    const feature = lazy(() => parts.classFeature({ seg, cls }, seen(), gatesIn(scope.mode)));
    const classLogits = (): Tensor => {
      const ofImage = parts.classLogits(cls, feature());
      if (lesionDescriptors === "off") return ofImage;
      const told = { image: input, extent: extent(), classes: ofImage.shape[1]! };
      return add(boundedLogits(ofImage), descriptorLogits(cls, told));
    };
    return lazyJointOutput({
      classLogits,
      maskLogits,
      imageEmbedding: () => parts.imageEmbedding(cls, feature()),
      pixelEmbedding: () => parts.pixelEmbedding(seg, stages()),
      classProjection: () => parts.classProjection(cls, feature()),
      maskProjection: () => parts.maskProjection(seg, stages()),
      saliency: map,
    });
  };
}
