import type { UpdateRule } from "./update-rule.js";

/**
 * Stochastic gradient descent with momentum; weight decay is added to the gradient.
 * Numbers as torch.optim.SGD with dampening 0. Nesterov's form after Sutskever, Martens, Dahl & Hinton,
 * "On the importance of initialization and momentum in deep learning", ICML 2013.
 */
export interface SgdSpec {
  readonly kind: "sgd";
  /** Share of the previous direction that is kept, in [0, 1). */
  readonly momentum: number;
  /** "nesterov" looks ahead by one momentum step and needs momentum above 0. */
  readonly momentumForm: "classical" | "nesterov";
  readonly weightDecay: number;
}

export function sgd({ momentum, momentumForm, weightDecay }: SgdSpec): UpdateRule {
  if (momentum === 0) {
    return {
      slots: [],
      weightDecay,
      update: (kernels, parameter, gradient, _slots, at) => kernels.descend(parameter, gradient, at),
    };
  }
  const shares =
    momentumForm === "nesterov"
      ? { slopeShare: 1, directionShare: momentum }
      : { slopeShare: 0, directionShare: 1 };
  return {
    slots: ["momentum"],
    weightDecay,
    update(kernels, parameter, gradient, slots, at) {
      kernels.descendWithMomentum(parameter, slots[0]!, gradient, { ...at, momentum, ...shares });
    },
  };
}
