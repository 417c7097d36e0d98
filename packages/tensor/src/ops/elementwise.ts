import { defineOp } from "../op.js";
import type { Tensor } from "../tensor.js";
import { divide, inferPair, mapPairs, multiply, subtract } from "./arithmetic.js";
import { sumTo } from "./broadcast.js";
import { asTensor, constantValue } from "./leaf.js";
import { SampleMaker } from "./samples.js";
import { lowerStep } from "./step.js";
import { defineUnary, type None } from "./unary.js";

const expOp = defineUnary("exp", {
  lower: "Exp",
  f: Math.exp,
  vjp: ({ cotangent, output }) => multiply(cotangent, output),
});

const logOp = defineUnary("log", {
  lower: "Log",
  f: Math.log,
  vjp: ({ cotangent, inputs: [x] }) => divide(cotangent, x!),
  samples: (make) => make.uniform([2, 4], 0.2, 3),
});

const sqrtOp = defineUnary("sqrt", {
  lower: "Sqrt",
  f: Math.sqrt,
  vjp: ({ cotangent, output }) => divide(multiply(cotangent, 0.5), output),
  samples: (make) => make.uniform([2, 4], 0.2, 3),
});

const signOp = defineUnary("sign", {
  /** The WebGPU provider has no Sign. */
  lower: ({ g, inputs: [x] }) =>
    g.target === "cpu"
      ? g.node("Sign", [x!])
      : g.node("Sub", [lowerStep(g, x!), lowerStep(g, g.node("Neg", [x!]))]),
  f: Math.sign,
  vjp: () => null,
  samples: (make) => make.awayFrom([3, 4], [0]),
});

const absOp = defineUnary("abs", {
  lower: "Abs",
  f: Math.abs,
  vjp: ({ cotangent, inputs: [x] }) => multiply(cotangent, sign(x!)),
  samples: (make) => make.awayFrom([3, 4], [0]),
});

const powerOp = defineOp<None>({
  name: "pow",
  infer: ([base, exponent]) => inferPair("pow", base!, exponent!),
  lower: ({ g, inputs }) => g.node("Pow", inputs),
  vjp({ cotangent, inputs, output }) {
    const [base, exponent] = [inputs[0]!, inputs[1]!];
    const toBase = multiply(cotangent, multiply(exponent, pow(base, subtract(exponent, 1))));
    const toExponent =
      constantValue(exponent) === undefined ? multiply(cotangent, multiply(output, log(base))) : null;
    return [sumTo(toBase, base.shape), toExponent && sumTo(toExponent, exponent.shape)];
  },
  reference: ([base, exponent], _, type) => mapPairs(base!, exponent!, type, Math.pow),
  samples: () => {
    const make = new SampleMaker(32);
    return [
      { inputs: [make.uniform([2, 3], 0.3, 2), make.uniform([2, 3], -2, 2)], attributes: {} },
      { inputs: [make.uniform([2, 3], 0.3, 2), make.uniform([], 1, 3)], attributes: {} },
    ];
  },
});

/** e^x, elementwise. */
export function exp(x: Tensor): Tensor {
  return expOp.apply([x], {});
}

/** Natural logarithm, elementwise; x > 0. */
export function log(x: Tensor): Tensor {
  return logOp.apply([x], {});
}

/** Square root, elementwise; x >= 0, and the gradient at 0 is infinite. */
export function sqrt(x: Tensor): Tensor {
  return sqrtOp.apply([x], {});
}

/** 1 / x, elementwise. */
export function reciprocal(x: Tensor): Tensor {
  return divide(1, x);
}

/** x², elementwise. */
export function square(x: Tensor): Tensor {
  return multiply(x, x);
}

/** |x|, elementwise; the gradient at 0 is 0. */
export function abs(x: Tensor): Tensor {
  return absOp.apply([x], {});
}

/** -1, 0 or 1, elementwise; its gradient is 0. */
export function sign(x: Tensor): Tensor {
  return signOp.apply([x], {});
}

/**
 * base^exponent, elementwise; shapes stretch by NumPy's rule. A traced exponent has a gradient where base > 0, a
 * number or a constant has none, so that negative bases are safe with whole exponents.
 */
export function pow(base: Tensor, exponent: Tensor | number): Tensor {
  return powerOp.apply([base, asTensor(exponent)], {});
}
