import {
  divide,
  logSoftmax,
  maximum,
  mean,
  multiply,
  negate,
  oneHot,
  sum,
  type Tensor,
} from "@hermes-us/tensor";
import type { KeepMask } from "../pseudo/keep-mask.js";
import { expectPositions, labelsFor } from "./labels.js";

/**
 * What a masked sum is divided by. `all`: every image or pixel, so that a batch with few kept ones weighs less
 * (FixMatch, UniMatch, Hermes). `kept`: the kept ones.
 */
export type Denominator = "all" | "kept";

export interface KeptPart {
  /** [N] or [N, H, W] */
  readonly mask: KeepMask;
  readonly denominator: Denominator;
}

/**
 * Mean over images or pixels of -ln p_label. A label outside [0, C) adds nothing.
 * @param logits class logits [N, K] or mask logits [N, C, H, W]
 * @param label int32 [N] or [N, H, W]
 * @param keep leaves images or pixels out; their logits get no gradient
 * @returns scalar
 */
export function crossEntropy(logits: Tensor, label: Tensor, keep?: KeptPart): Tensor {
  const target = oneHot(labelsFor("crossEntropy", logits, label), logits.shape[1]!, 1);
  const perPosition = negate(sum(multiply(logSoftmax(logits, 1), target), { axes: [1] }));
  return keep === undefined ? mean(perPosition) : keptMean(perPosition, logits, keep);
}

function keptMean(perPosition: Tensor, logits: Tensor, { mask, denominator }: KeptPart): Tensor {
  expectPositions("crossEntropy", "keep mask", logits, mask.shape);
  const kept = multiply(perPosition, mask.toWeights());
  switch (denominator) {
    case "all":
      return mean(kept);
    case "kept":
      return divide(sum(kept), maximum(sum(mask.toWeights()), 1));
    default:
      return denominator satisfies never;
  }
}
