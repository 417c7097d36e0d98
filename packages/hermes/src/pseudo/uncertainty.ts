import {
  concat,
  logSoftmax,
  logSumExp,
  stopGradient,
  subtract,
  type Tensor,
  unsqueeze,
} from "@hermes-us/tensor";

/**
 * Whose uncertainty is tested, with the logits [N, C] or [N, C, H, W] that it needs. With two classes the entropy of
 * the weak view is a function of its confidence: the pair of tests is then one test, and only the other two sources
 * add anything. Both views share their geometry, so pixels correspond.
 */
export type UncertaintySource =
  | { readonly kind: "weak"; readonly weakLogits: Tensor }
  | { readonly kind: "mean-weak-strong"; readonly weakLogits: Tensor; readonly strongLogits: Tensor }
  | { readonly kind: "ema-teacher"; readonly teacherLogits: Tensor };

/** @returns log-probabilities [N, C] or [N, C, H, W] whose entropy is the uncertainty, detached */
export function uncertaintyLogProbs(source: UncertaintySource): Tensor {
  switch (source.kind) {
    case "weak":
      return stopGradient(logSoftmax(source.weakLogits, 1));
    case "mean-weak-strong":
      return stopGradient(meanInProbability(source.weakLogits, source.strongLogits));
    case "ema-teacher":
      return stopGradient(logSoftmax(source.teacherLogits, 1));
    default:
      return source satisfies never;
  }
}

/** ln((p + q) / 2) without leaving log space. */
function meanInProbability(aLogits: Tensor, bLogits: Tensor): Tensor {
  const both = [aLogits, bLogits].map((logits) => unsqueeze(logSoftmax(logits, 1), [0]));
  return subtract(logSumExp(concat(both, 0), { axes: [0] }), Math.LN2);
}
