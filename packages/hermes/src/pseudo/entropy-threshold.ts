import { exp, less, multiply, negate, stopGradient, sum, type Tensor } from "@hermes-us/tensor";
import { type KeepMask, keepWhere } from "./keep-mask.js";

/**
 * H = -sum p ln p, in nats, from log-probabilities, so that p = 0 gives 0.
 * Differs from the released code: that adds 1e-6 inside the logarithm, which biases H and vanishes in half precision.
 * @param logProbs [N, C] or [N, C, H, W]
 * @returns [N] or [N, H, W]
 */
export function entropy(logProbs: Tensor): Tensor {
  return negate(sum(multiply(exp(logProbs), logProbs), { axes: [1] }));
}

/**
 * Keeps where the entropy is below a ceiling.
 * Yu et al., UA-MT, MICCAI 2019, https://arxiv.org/abs/1907.07034 (section 2.2); Hermes takes the rule over.
 * @param logProbs [N, C] or [N, C, H, W]
 * @param ceilingNats scalar, from `entropyCeiling`
 */
export function entropyBelow(logProbs: Tensor, ceilingNats: Tensor | number): KeepMask {
  return keepWhere(less(entropy(stopGradient(logProbs)), ceilingNats));
}
