import { add, multiply, type Tensor } from "@hermes-us/tensor";
import { crossEntropy, type KeptPart } from "./cross-entropy.js";
import { type DiceOptions, diceLoss } from "./dice.js";

export interface DiceCrossEntropyOptions {
  /** The Dice loss's; the background counts too where nothing is said. */
  readonly classes?: NonNullable<DiceOptions["classes"]>;
  /** The Dice loss's. */
  readonly pooling?: NonNullable<DiceOptions["pooling"]>;
  /** Leaves pixels out of both parts; `denominator` is of the cross-entropy's pixels, and of the Dice loss's images. */
  readonly keep?: KeptPart;
}

/**
 * (Cross-entropy + Dice loss) / 2 against a mask, after Isensee et al., nnU-Net, Nature Methods 2021, whose loss is their sum.
 * Differs from the released Hermes code: that takes a quarter of each, with the lesion's Dice alone (half of this loss
 * with `classes: "foreground"`).
 * @param maskLogits [N, C, H, W]
 * @param mask int32 [N, H, W]
 * @returns scalar
 */
export function diceCrossEntropy(
  maskLogits: Tensor,
  mask: Tensor,
  { classes = "all", pooling = "batch", keep }: DiceCrossEntropyOptions = {},
): Tensor {
  const perPixel = crossEntropy(maskLogits, mask, keep);
  const kept = keep === undefined ? {} : { keep: keep.mask, images: keep.denominator };
  const dice = diceLoss(maskLogits, mask, { classes, pooling, ...kept });
  return multiply(add(perPixel, dice), 0.5);
}
