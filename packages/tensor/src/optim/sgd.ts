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
      update: (parameter, gradient, _slots, at) =>
        plainKernel(parameter, gradient, at.learningRate, at.weightDecay),
    };
  }
  const [slopeShare, directionShare] = momentumForm === "nesterov" ? [1, momentum] : [0, 1];
  return {
    slots: ["momentum"],
    weightDecay,
    update(parameter, gradient, slots, { learningRate, weightDecay: decay }) {
      const direction = slots[0]!;
      momentumKernel(
        parameter,
        gradient,
        direction,
        learningRate,
        momentum,
        decay,
        slopeShare,
        directionShare,
      );
    },
  };
}

/*
 * One pass, all operands in locals. Arithmetic is in float64 and rounds when stored: the conversions bound the
 * speed, and Math.fround on every operation doubles their number in V8. Four elements a turn gain a tenth.
 */

function plainKernel(p: Float32Array, g: Float32Array, rate: number, decay: number): void {
  const length = p.length;
  for (let i = 0; i < length; i++) {
    const x = p[i]!;
    p[i] = x - rate * (g[i]! + decay * x);
  }
}

/** Steps along slopeShare * (gradient with decay) + directionShare * (new momentum). */
function momentumKernel(
  p: Float32Array,
  g: Float32Array,
  m: Float32Array,
  rate: number,
  momentum: number,
  decay: number,
  slopeShare: number,
  directionShare: number,
): void {
  const length = p.length;
  const slopeRate = rate * slopeShare;
  const directionRate = rate * directionShare;
  let i = 0;
  for (; i < length - 3; i += 4) {
    const x0 = p[i]!;
    const x1 = p[i + 1]!;
    const x2 = p[i + 2]!;
    const x3 = p[i + 3]!;
    const s0 = g[i]! + decay * x0;
    const s1 = g[i + 1]! + decay * x1;
    const s2 = g[i + 2]! + decay * x2;
    const s3 = g[i + 3]! + decay * x3;
    const m0 = momentum * m[i]! + s0;
    const m1 = momentum * m[i + 1]! + s1;
    const m2 = momentum * m[i + 2]! + s2;
    const m3 = momentum * m[i + 3]! + s3;
    m[i] = m0;
    m[i + 1] = m1;
    m[i + 2] = m2;
    m[i + 3] = m3;
    p[i] = x0 - slopeRate * s0 - directionRate * m0;
    p[i + 1] = x1 - slopeRate * s1 - directionRate * m1;
    p[i + 2] = x2 - slopeRate * s2 - directionRate * m2;
    p[i + 3] = x3 - slopeRate * s3 - directionRate * m3;
  }
  for (; i < length; i++) {
    const x = p[i]!;
    const slope = g[i]! + decay * x;
    const direction = momentum * m[i]! + slope;
    m[i] = direction;
    p[i] = x - slopeRate * slope - directionRate * direction;
  }
}
