import { add, multiply, type Tensor } from "@hermes-us/tensor";
import { crossEntropy } from "./cross-entropy.js";
import { type DiceOptions, diceLoss } from "./dice.js";

export interface SupervisedSegmentationOptions {
  /**
   * `half-and-half`: (CE + Dice) / 2. `published`: CE / 4 + Dice / 4 with the foreground's batch-pooled Dice, the
   * weights that the released Hermes code comes to.
   */
  readonly form?: "half-and-half" | "published";
  /** Of `half-and-half`; the background counts too where nothing is said. */
  readonly dice?: Omit<DiceOptions, "keep">;
}

/**
 * Cross-entropy and Dice against a drawn mask.
 * Zhang, Lai & Kong, Hermes, ECAI 2025, https://arxiv.org/abs/2508.02265 (released code, seg_train.py).
 * @param maskLogits [N, C, H, W]
 * @param mask int32 [N, H, W]
 * @returns scalar
 */
export function supervisedSegmentation(
  maskLogits: Tensor,
  mask: Tensor,
  { form = "half-and-half", dice = { classes: "all" } }: SupervisedSegmentationOptions = {},
): Tensor {
  const published = form === "published";
  const both = add(crossEntropy(maskLogits, mask), diceLoss(maskLogits, mask, published ? {} : dice));
  return multiply(both, published ? 0.25 : 0.5);
}
