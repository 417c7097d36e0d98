import { add, gather, greater, max, multiply, stopGradient, type Tensor } from "@hermes-us/tensor";
import { type KeepMask, keepWhere } from "./keep-mask.js";

/** Bounds of the thresholds, as probabilities. */
export interface ClassThresholdOptions {
  /** For a class that never occurs. */
  readonly lowest: number;
  /** For a class that is everywhere. */
  readonly highest: number;
}

export const publishedThresholds: ClassThresholdOptions = Object.freeze({ lowest: 0.5, highest: 0.95 });

/**
 * A threshold per class that rises with the class's frequency: tau_c = lowest + (highest - lowest) r_c, so that rare
 * classes get pseudo-labels too.
 * Zhang, Lai & Kong, Hermes, ECAI 2025, https://arxiv.org/abs/2508.02265 (class-wise adaptive threshold).
 * @param frequency r [C]
 * @returns tau [C]
 */
export function classThresholds(
  frequency: Tensor,
  { lowest, highest }: ClassThresholdOptions = publishedThresholds,
): Tensor {
  return add(lowest, multiply(frequency, highest - lowest));
}

/**
 * Keeps where the largest probability is above the threshold of its class.
 * @param probs [N, C] or [N, C, H, W]
 * @param label int32 [N] or [N, H, W], the place of the largest probability
 * @param thresholds [C]
 */
export function aboveClassThreshold(probs: Tensor, label: Tensor, thresholds: Tensor): KeepMask {
  const confidence = max(stopGradient(probs), { axes: [1] });
  return keepWhere(greater(confidence, gather(thresholds, 0, label)));
}
