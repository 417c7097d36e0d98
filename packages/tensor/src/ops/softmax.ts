import { type DefinedOp, defineOp, type LowerContext, type NdArray, type VjpContext } from "../op.js";
import type { GraphBuilder, Value } from "../onnx/graph-builder.js";
import { expectDType, normalizeAxis } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { multiply, subtract } from "./arithmetic.js";
import { exp } from "./elementwise.js";
import { sum } from "./reduce.js";
import { SampleMaker } from "./samples.js";
import { viewAxis } from "./strided.js";

type AxisAttribute = { axis: number };

interface SoftmaxRule {
  readonly lower: (context: LowerContext<AxisAttribute>) => Value;
  readonly f: (shifted: number, total: number) => number;
  readonly vjp: (context: VjpContext<AxisAttribute>) => Tensor;
}

/** Replaces each element by `f` of its distance to the largest of its lane and the sum of e^distance. */
function overLanes(x: NdArray, axis: number, f: SoftmaxRule["f"]): Float64Array {
  const { outer, extent, inner } = viewAxis(x.shape, axis);
  const out = new Float64Array(x.data.length);
  for (let lane = 0; lane < outer * inner; lane++) {
    const start = Math.floor(lane / inner) * extent * inner + (lane % inner);
    const offsets = Array.from({ length: extent }, (_, at) => start + at * inner);
    const peak = Math.max(...offsets.map((offset) => x.data[offset]!));
    const total = offsets.reduce((soFar, offset) => soFar + Math.exp(x.data[offset]! - peak), 0);
    for (const offset of offsets) out[offset] = f(x.data[offset]! - peak, total);
  }
  return out;
}

function defineSoftmax(name: string, rule: SoftmaxRule): DefinedOp<AxisAttribute> {
  return defineOp<AxisAttribute>({
    name,
    infer([x]) {
      expectDType(name, "x", x!, ["float32"]);
      return x!;
    },
    lower: rule.lower,
    vjp: (context) => [rule.vjp(context)],
    reference: ([x], { axis }) => overLanes(x!, axis, rule.f),
    samples: () => {
      const make = new SampleMaker(70);
      return [
        { inputs: [make.uniform([2, 5], -3, 3)], attributes: { axis: 1 } },
        { inputs: [make.uniform([2, 3, 2, 2], -3, 3)], attributes: { axis: 1 } },
        { inputs: [make.uniform([2, 3], 90, 100)], attributes: { axis: 1 } },
      ];
    },
  });
}

/** Emits x - max(x), its exponential, and the sum of that, per lane. */
function emitParts(g: GraphBuilder, x: Value, axis: number): { shifted: Value; powers: Value; total: Value } {
  const axes = g.ints([axis]);
  const shifted = g.node("Sub", [x, g.node("ReduceMax", [x, axes], { keepdims: 1 })]);
  const powers = g.node("Exp", [shifted]);
  return { shifted, powers, total: g.node("ReduceSum", [powers, axes], { keepdims: 1 }) };
}

const softmaxOp = defineSoftmax("softmax", {
  lower({ g, inputs, type, attributes: { axis } }) {
    if (axis === type.shape.length - 1) return g.node("Softmax", inputs, { axis });
    const { powers, total } = emitParts(g, inputs[0]!, axis);
    return g.node("Div", [powers, total]);
  },
  f: (shifted, total) => Math.exp(shifted) / total,
  vjp({ cotangent, output, attributes: { axis } }) {
    const dot = sum(multiply(cotangent, output), { axes: [axis], keep: "axes" });
    return multiply(output, subtract(cotangent, dot));
  },
});

const logSoftmaxOp = defineSoftmax("logSoftmax", {
  /** The WebGPU provider has no LogSoftmax. */
  lower({ g, inputs, type, attributes: { axis } }) {
    if (g.target === "cpu" && axis === type.shape.length - 1) return g.node("LogSoftmax", inputs, { axis });
    const { shifted, total } = emitParts(g, inputs[0]!, axis);
    return g.node("Sub", [shifted, g.node("Log", [total])]);
  },
  f: (shifted, total) => shifted - Math.log(total),
  vjp({ cotangent, output, attributes: { axis } }) {
    return subtract(cotangent, multiply(exp(output), sum(cotangent, { axes: [axis], keep: "axes" })));
  },
});

/** e^x / sum(e^x) on `axis`. */
export function softmax(x: Tensor, axis: number): Tensor {
  return softmaxOp.apply([x], { axis: normalizeAxis("softmax", axis, x.rank) });
}

/** log(softmax(x)) on `axis`, without overflow. */
export function logSoftmax(x: Tensor, axis: number): Tensor {
  return logSoftmaxOp.apply([x], { axis: normalizeAxis("logSoftmax", axis, x.rank) });
}
