import { greater, type Tensor } from "@hermes-us/tensor";
import { z } from "zod";
import { crossEntropy } from "../losses/cross-entropy.js";
import type { DiceOptions } from "../losses/dice.js";
import { diceCrossEntropy } from "../losses/dice-cross-entropy.js";
import type { JointOutput } from "../nn/joint-net.js";
import { keepPixelsOf, keepWhere } from "../pseudo/keep-mask.js";
import type { LabelledViews } from "./define-method.js";

/** Offered by every method, so that they can be compared with the same loss. */
export const dicePoolingOption = {
  dicePooling: z
    .enum(["image", "batch"])
    .default("image")
    .describe(
      "over what a mask's Dice loss is taken: each image, as the metric is, or the batch, where large lesions outweigh small ones",
    ),
};

/** How the masks' Dice loss is taken. */
export interface MaskDice {
  readonly pooling: NonNullable<DiceOptions["pooling"]>;
  readonly classes?: NonNullable<DiceOptions["classes"]>;
}

/** Both supervised losses of a joint network on labelled images; images without a mask or class are left out. */
export interface SupervisedLosses {
  /** Cross-entropy over the images whose class is known. */
  readonly classification: Tensor;
  /** (cross-entropy + Dice) / 2 over the images whose outline is known. */
  readonly segmentation: Tensor;
}

export function supervisedLosses(
  output: JointOutput,
  labelled: LabelledViews,
  { pooling, classes = "all" }: MaskDice,
): SupervisedLosses {
  const keepImages = keepWhere(greater(labelled.hasClass, 0));
  const keepPixels = keepPixelsOf(keepWhere(greater(labelled.hasMask, 0)), labelled.mask.shape);
  return {
    classification: crossEntropy(output.classLogits, labelled.label, {
      mask: keepImages,
      denominator: "kept",
    }),
    segmentation: diceCrossEntropy(output.maskLogits, labelled.mask, {
      classes,
      pooling,
      keep: { mask: keepPixels, denominator: "kept" },
    }),
  };
}
