import { defineComposite } from "./composite.js";
import type { DType } from "../dtype.js";
import { pixelMean } from "../onnx/channel-statistics.js";
import { type DefinedOp, defineOp, type NdArray, type VjpContext } from "../op.js";
import { expectDType, normalizeAxes, type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, divide, multiply, subtract } from "./arithmetic.js";
import { broadcastOffsets, broadcastTo } from "./broadcast.js";
import { cast } from "./cast.js";
import { equal } from "./compare.js";
import { exp, log, square } from "./elementwise.js";
import { stopGradient } from "./leaf.js";
import { reshape } from "./reshape.js";
import { SampleMaker, type SampleTensor } from "./samples.js";

export interface ReduceOptions {
  /** Axes to reduce, negative from the end; all of them where none are given. */
  readonly axes?: readonly number[];
  /** `"axes"`: the reduced axes stay, with extent 1. */
  readonly keep?: "axes";
}

type ReduceAttributes = { axes: readonly number[]; keep: "axes" | "rest" };

/** @returns `shape` with extent 1 on each of `axes` */
function keptShape(shape: Shape, axes: readonly number[]): number[] {
  return shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
}

function reducedShape(shape: Shape, { axes, keep }: ReduceAttributes): number[] {
  return keep === "axes" ? keptShape(shape, axes) : shape.filter((_, axis) => !axes.includes(axis));
}

/** @returns the cotangent of a reduction with its reduced axes back, as extent 1 */
function withAxes({ cotangent, inputs, attributes }: VjpContext<ReduceAttributes>): Tensor {
  return reshape(cotangent, keptShape(inputs[0]!.shape, attributes.axes));
}

interface ReduceRule {
  readonly onnx: string;
  readonly dtypes: readonly DType[];
  /** How the result of a whole plane follows from its mean: as it is, or times the number of pixels. */
  readonly ofPixelMeans?: "same" | "count";
  readonly start: number;
  readonly f: (sum: number, value: number) => number;
  readonly finish: (total: number, count: number) => number;
  readonly vjp: (context: VjpContext<ReduceAttributes>) => Tensor;
  readonly sample: (make: SampleMaker, shape: Shape) => SampleTensor;
}

function reduceLoop(x: NdArray, axes: readonly number[], { start, f, finish }: ReduceRule): Float64Array {
  const kept = keptShape(x.shape, axes);
  const out = new Float64Array(sizeOf(kept)).fill(start);
  const offsets = broadcastOffsets(kept, x.shape);
  for (let i = 0; i < x.data.length; i++) out[offsets[i]!] = f(out[offsets[i]!]!, x.data[i]!);
  return out.map((total) => finish(total, x.data.length / out.length));
}

function defineReduction(name: string, rule: ReduceRule): DefinedOp<ReduceAttributes> {
  return defineOp<ReduceAttributes>({
    name,
    infer([x], attributes) {
      expectDType(name, "x", x!, rule.dtypes);
      return { dtype: x!.dtype, shape: reducedShape(x!.shape, attributes) };
    },
    lower: ({ g, inputs, inputTypes, attributes: { axes, keep } }) => {
      const keepdims = keep === "axes" ? 1 : 0;
      const { shape } = inputTypes[0]!;
      const plane = rule.ofPixelMeans !== undefined && axes.includes(2) && axes.includes(3);
      const means = plane ? pixelMean(g, inputs[0]!, shape) : undefined;
      const reduced = g.node(rule.onnx, [means ?? inputs[0]!, g.ints(axes)], { keepdims });
      return means !== undefined && rule.ofPixelMeans === "count"
        ? g.node("Mul", [reduced, g.scalar(shape[2]! * shape[3]!)])
        : reduced;
    },
    vjp: (context) => [rule.vjp(context)],
    reference: ([x], { axes }) => reduceLoop(x!, axes, rule),
    samples: () => {
      const make = new SampleMaker(50);
      return [
        { inputs: [rule.sample(make, [2, 3, 4])], attributes: { axes: [0, 2], keep: "axes" } },
        { inputs: [rule.sample(make, [3, 5])], attributes: { axes: [0, 1], keep: "rest" } },
        { inputs: [rule.sample(make, [2, 3, 1])], attributes: { axes: [1], keep: "rest" } },
      ];
    },
  });
}

const sumOp = defineReduction("sum", {
  onnx: "ReduceSum",
  ofPixelMeans: "count",
  dtypes: ["float32", "int32"],
  start: 0,
  f: (sum, value) => sum + value,
  finish: (total) => total,
  vjp: (context) => broadcastTo(withAxes(context), context.inputs[0]!.shape),
  sample: (make, shape) => make.uniform(shape),
});

const meanOp = defineReduction("mean", {
  onnx: "ReduceMean",
  ofPixelMeans: "same",
  dtypes: ["float32"],
  start: 0,
  f: (sum, value) => sum + value,
  finish: (total, count) => total / count,
  vjp(context) {
    const [x] = context.inputs;
    const count = sizeOf(x!.shape) / sizeOf(context.output.shape);
    return broadcastTo(divide(withAxes(context), count), x!.shape);
  },
  sample: (make, shape) => make.uniform(shape),
});

/** Elements that equal the extreme value share its gradient. */
function shareAmongTies(context: VjpContext<ReduceAttributes>): Tensor {
  const [x] = context.inputs;
  const { axes } = context.attributes;
  const best = cast(equal(x!, reshape(context.output, keptShape(x!.shape, axes))), "float32");
  return multiply(best, divide(withAxes(context), sum(best, { axes, keep: "axes" })));
}

const maxOp = defineReduction("max", {
  onnx: "ReduceMax",
  dtypes: ["float32", "int32"],
  start: Number.NEGATIVE_INFINITY,
  f: Math.max,
  finish: (best) => best,
  vjp: shareAmongTies,
  sample: (make, shape) => make.distinct(shape),
});

const minOp = defineReduction("min", {
  onnx: "ReduceMin",
  dtypes: ["float32", "int32"],
  start: Number.POSITIVE_INFINITY,
  f: Math.min,
  finish: (best) => best,
  vjp: shareAmongTies,
  sample: (make, shape) => make.distinct(shape),
});

function reduce(op: DefinedOp<ReduceAttributes>, x: Tensor, { axes, keep }: ReduceOptions): Tensor {
  const reduced = normalizeAxes(op.name, axes, x.rank);
  return reduced.length === 0 ? x : op.apply([x], { axes: reduced, keep: keep ?? "rest" });
}

/** Sum over `axes`; of everything, as a scalar [], where none are given. */
export function sum(x: Tensor, options: ReduceOptions = {}): Tensor {
  return reduce(sumOp, x, options);
}

/** Mean over `axes`. */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  return reduce(meanOp, x, options);
}

/** Largest element over `axes`; equal ones share the gradient. */
export function max(x: Tensor, options: ReduceOptions = {}): Tensor {
  return reduce(maxOp, x, options);
}

/** Smallest element over `axes`; equal ones share the gradient. */
export function min(x: Tensor, options: ReduceOptions = {}): Tensor {
  return reduce(minOp, x, options);
}

/** Mean squared distance from the mean over `axes`: the biased variance. */
export function variance(x: Tensor, options: ReduceOptions = {}): Tensor {
  const centre = mean(x, { ...options, keep: "axes" });
  return mean(square(subtract(x, centre)), options);
}

/** log(sum(e^x)) over `axes`, without overflow. */
export function logSumExp(x: Tensor, options: ReduceOptions = {}): Tensor {
  const axes = normalizeAxes("logSumExp", options.axes, x.rank);
  const peak = stopGradient(max(x, { axes, keep: "axes" }));
  const total = add(log(sum(exp(subtract(x, peak)), { axes, keep: "axes" })), peak);
  return reshape(total, reducedShape(x.shape, { axes, keep: options.keep ?? "rest" }));
}

defineComposite<ReduceAttributes>({
  name: "variance",
  build: ([x], { axes, keep }) => variance(x!, keep === "axes" ? { axes, keep } : { axes }),
  reference([x], { axes }) {
    const kept = keptShape(x!.shape, axes);
    const offsets = broadcastOffsets(kept, x!.shape);
    const [totals, squares] = [new Float64Array(sizeOf(kept)), new Float64Array(sizeOf(kept))];
    for (const [i, value] of x!.data.entries()) {
      totals[offsets[i]!]! += value;
      squares[offsets[i]!]! += value ** 2;
    }
    const count = x!.data.length / totals.length;
    return squares.map((square, i) => square / count - (totals[i]! / count) ** 2);
  },
  samples: () => [
    { inputs: [new SampleMaker(52).uniform([2, 3, 4])], attributes: { axes: [0, 2], keep: "axes" } },
  ],
});

defineComposite<ReduceAttributes>({
  name: "logSumExp",
  build: ([x], { axes, keep }) => logSumExp(x!, keep === "axes" ? { axes, keep } : { axes }),
  reference([x], { axes }) {
    const kept = keptShape(x!.shape, axes);
    const offsets = broadcastOffsets(kept, x!.shape);
    const totals = new Float64Array(sizeOf(kept));
    for (const [i, value] of x!.data.entries()) totals[offsets[i]!]! += Math.exp(value);
    return totals.map(Math.log);
  },
  samples: () => {
    const make = new SampleMaker(53);
    return [
      { inputs: [make.uniform([2, 3, 4], -2, 2)], attributes: { axes: [1], keep: "rest" } },
      { inputs: [make.uniform([2, 3], 90, 92)], attributes: { axes: [0, 1], keep: "axes" } },
    ];
  },
});
