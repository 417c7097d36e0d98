import { biasCorrected, MOMENT_SLOTS } from "./adam.js";
import type { UpdateRule } from "./update-rule.js";

/**
 * AdamW: Loshchilov & Hutter, "Decoupled weight decay regularization", ICLR 2019,
 * https://arxiv.org/abs/1711.05101 (Algorithm 2). Numbers as torch.optim.AdamW: the decay is multiplied by the
 * learning rate. Differs from the paper: the schedule multiplier is part of the learning rate.
 */
export interface AdamWSpec {
  readonly kind: "adamw";
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

export function adamw({ beta1, beta2, epsilon, weightDecay }: AdamWSpec): UpdateRule {
  return {
    slots: MOMENT_SLOTS,
    weightDecay,
    update(kernels, parameter, gradient, slots, at) {
      const [first, second] = slots as [Float32Array, Float32Array];
      kernels.descendByMoments(parameter, first, second, gradient, {
        ...biasCorrected(at.rate, beta1, beta2, at.step),
        decay: 0,
        gradientScale: at.gradientScale,
        keep: 1 - at.rate * at.decay,
        beta1,
        beta2,
        epsilon,
      });
    },
  };
}
