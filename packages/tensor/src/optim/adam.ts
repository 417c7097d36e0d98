import type { UpdateRule } from "./update-rule.js";

/**
 * Adam: Kingma & Ba, ICLR 2015, https://arxiv.org/abs/1412.6980 (Algorithm 1).
 * Numbers as torch.optim.Adam: weight decay is added to the gradient, epsilon after the bias correction.
 */
export interface AdamSpec {
  readonly kind: "adam";
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

/** The arrays of Adam's moments, shared with AdamW so that their checkpoints look alike. */
export const MOMENT_SLOTS = ["firstMoment", "secondMoment"] as const;

export function adam({ beta1, beta2, epsilon, weightDecay }: AdamSpec): UpdateRule {
  return {
    slots: MOMENT_SLOTS,
    weightDecay,
    update(kernels, parameter, gradient, slots, at) {
      const [first, second] = slots as [Float32Array, Float32Array];
      kernels.descendByMoments(parameter, first, second, gradient, {
        ...biasCorrected(at.rate, beta1, beta2, at.step),
        decay: at.decay,
        gradientScale: at.gradientScale,
        keep: 1,
        beta1,
        beta2,
        epsilon,
      });
    },
  };
}

/** Folds both bias corrections into two scalars: m / (1 - beta1^t) and sqrt(v / (1 - beta2^t)). */
export function biasCorrected(
  learningRate: number,
  beta1: number,
  beta2: number,
  step: number,
): { rate: number; rootScale: number } {
  return { rate: learningRate / (1 - beta1 ** step), rootScale: 1 / Math.sqrt(1 - beta2 ** step) };
}
