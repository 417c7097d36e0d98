import { ShapeError } from "../errors.js";
import { emitActivation, emitUnary } from "../onnx/lower-elementwise.js";
import { defineOp } from "../op.js";
import { expectDType } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, multiply, subtract } from "./arithmetic.js";
import { SampleMaker } from "./samples.js";
import { step } from "./step.js";
import { defineUnary } from "./unary.js";

const reluOp = defineUnary("relu", {
  lower: ({ g, inputs, type }) =>
    emitActivation(g, inputs[0]!, type, { activation: "Relu" }, (x) => g.node("Relu", [x])),
  f: (x) => Math.max(x, 0),
  /** From the output, so that the input need not stay in memory. */
  vjp: ({ cotangent, output }) => multiply(cotangent, step(output)),
  samples: (make) => make.awayFrom([2, 3, 4], [0]),
});

const sigmoidOp = defineUnary("sigmoid", {
  lower: "Sigmoid",
  f: (x) => 1 / (1 + Math.exp(-x)),
  vjp: ({ cotangent, output }) => multiply(cotangent, multiply(output, subtract(1, output))),
});

const tanhOp = defineUnary("tanh", {
  lower: "Tanh",
  f: Math.tanh,
  vjp: ({ cotangent, output }) => multiply(cotangent, subtract(1, multiply(output, output))),
});

const softplusOp = defineUnary("softplus", {
  /** relu(x) + log(1 + exp(-|x|)) where the provider has no Softplus. */
  lower({ g, inputs: [x] }) {
    if (g.target === "cpu") return g.node("Softplus", [x!]);
    const small = g.node("Exp", [g.node("Neg", [g.node("Abs", [x!])])]);
    return g.node("Add", [g.node("Relu", [x!]), g.node("Log", [g.node("Add", [small, g.scalar(1)])])]);
  },
  f: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  vjp: ({ cotangent, inputs: [x] }) => multiply(cotangent, sigmoid(x!)),
});

const leakyReluOp = defineOp<{ slope: number }>({
  name: "leaky-relu",
  infer([x]) {
    expectDType("leakyRelu", "x", x!, ["float32"]);
    return x!;
  },
  lower: ({ g, inputs, type, attributes: { slope } }) =>
    emitUnary(g, inputs[0]!, type, (x) => g.node("LeakyRelu", [x], { alpha: { float: slope } })),
  vjp: ({ cotangent, inputs: [x], attributes: { slope } }) => [
    multiply(cotangent, add(multiply(step(x!), 1 - slope), slope)),
  ],
  reference: ([x], { slope }) => x!.data.map((value) => (value > 0 ? value : slope * value)),
  samples: () => {
    const make = new SampleMaker(33);
    return [0.01, 0.3].map((slope) => ({ inputs: [make.awayFrom([3, 4], [0])], attributes: { slope } }));
  },
});

const clipOp = defineOp<{ low: number; high: number }>({
  name: "clip",
  infer([x], { low, high }) {
    expectDType("clip", "x", x!, ["float32"]);
    if (!(low < high))
      throw new ShapeError("clip", `low ${low}, high ${high}`, "low < high", "swap or correct them");
    return x!;
  },
  lower: ({ g, inputs, type, attributes: { low, high } }) =>
    emitActivation(
      g,
      inputs[0]!,
      type,
      { activation: "Clip", activation_params: { floats: [low, high] } },
      (x) => g.node("Clip", [x, g.scalar(low), g.scalar(high)]),
    ),
  vjp: ({ cotangent, output, attributes: { low, high } }) => [
    multiply(cotangent, step(multiply(subtract(output, low), subtract(high, output)))),
  ],
  reference: ([x], { low, high }) => x!.data.map((value) => Math.min(Math.max(value, low), high)),
  samples: () => {
    const make = new SampleMaker(34);
    return [
      { inputs: [make.awayFrom([3, 5], [-0.25, 0.5])], attributes: { low: -0.25, high: 0.5 } },
      { inputs: [make.awayFrom([3, 5], [0])], attributes: { low: 0, high: 6 } },
    ];
  },
});

/** max(x, 0); the gradient at 0 is 0. */
export function relu(x: Tensor): Tensor {
  return reluOp.apply([x], {});
}

/** min(max(x, 0), 6); the gradient at 0 and 6 is 0. */
export function relu6(x: Tensor): Tensor {
  return clip(x, 0, 6);
}

/** x where x > 0, else slope x. */
export function leakyRelu(x: Tensor, slope = 0.01): Tensor {
  return leakyReluOp.apply([x], { slope });
}

/**
 * Each element moved into [low, high], finite bounds.
 * Differs from torch.clamp: the gradient is 0 at the bounds themselves, as in its relu6.
 * @throws ShapeError unless low < high
 */
export function clip(x: Tensor, low: number, high: number): Tensor {
  return clipOp.apply([x], { low, high });
}

/** 1 / (1 + e^-x) */
export function sigmoid(x: Tensor): Tensor {
  return sigmoidOp.apply([x], {});
}

/** Hyperbolic tangent. */
export function tanh(x: Tensor): Tensor {
  return tanhOp.apply([x], {});
}

/** log(1 + e^x), without overflow: the building block of a binary cross entropy on logits. */
export function softplus(x: Tensor): Tensor {
  return softplusOp.apply([x], {});
}
