import { ShapeError } from "../errors.js";
import { emitPair, emitUnary } from "../onnx/lower-elementwise.js";
import { type DefinedOp, defineOp, type NdArray, type VjpContext } from "../op.js";
import { broadcastShapes, formatType, type TensorType } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { broadcastOffsets, sumTo } from "./broadcast.js";
import { asTensor } from "./leaf.js";
import { SampleMaker, type SampleTensor } from "./samples.js";

type None = Record<string, never>;

/** @returns `f` of every pair of elements, stretched to a common shape. */
export function mapPairs(
  a: NdArray,
  b: NdArray,
  type: TensorType,
  f: (a: number, b: number) => number,
): Float64Array {
  const left = broadcastOffsets(a.shape, type.shape);
  const right = broadcastOffsets(b.shape, type.shape);
  return Float64Array.from(left, (offset, i) => f(a.data[offset]!, b.data[right[i]!]!));
}

/** @throws ShapeError unless both have the same numeric dtype and stretch to a common shape */
export function inferPair(name: string, a: TensorType, b: TensorType): TensorType {
  if (a.dtype !== b.dtype || a.dtype === "bool") {
    throw new ShapeError(
      name,
      `${formatType(a)} and ${formatType(b)}`,
      "two numeric tensors of one dtype",
      "use cast()",
    );
  }
  return { dtype: a.dtype, shape: broadcastShapes(name, a.shape, b.shape) };
}

interface BinaryRule {
  readonly onnx: "Add" | "Sub" | "Mul" | "Div";
  readonly f: (a: number, b: number) => number;
  readonly vjp: (context: VjpContext<None>) => readonly [Tensor, Tensor];
  readonly samples: (make: SampleMaker) => readonly (readonly [SampleTensor, SampleTensor])[];
}

function defineBinary(name: string, rule: BinaryRule): DefinedOp<None> {
  return defineOp<None>({
    name,
    infer: ([a, b]) => inferPair(name, a!, b!),
    lower: ({ g, inputs, inputTypes, type }) => emitPair(g, rule.onnx, inputs, inputTypes, type),
    vjp(context) {
      const [a, b] = rule.vjp(context);
      return [sumTo(a, context.inputs[0]!.shape), sumTo(b, context.inputs[1]!.shape)];
    },
    reference: ([a, b], _, type) => mapPairs(a!, b!, type, rule.f),
    samples: () => rule.samples(new SampleMaker(10)).map((inputs) => ({ inputs, attributes: {} })),
  });
}

const plainSamples = (make: SampleMaker) =>
  [
    [make.uniform([2, 3]), make.uniform([2, 3])],
    [make.uniform([2, 3, 4]), make.uniform([3, 1])],
    [make.uniform([]), make.uniform([4])],
  ] as const;

const awayFromZero = (make: SampleMaker) =>
  [
    [make.uniform([2, 3]), make.awayFrom([2, 3], [0], 0.3)],
    [make.uniform([4]), make.awayFrom([2, 4], [0], 0.3)],
  ] as const;

const addOp = defineBinary("add", {
  onnx: "Add",
  f: (a, b) => a + b,
  vjp: ({ cotangent }) => [cotangent, cotangent],
  samples: plainSamples,
});

const subtractOp = defineBinary("subtract", {
  onnx: "Sub",
  f: (a, b) => a - b,
  vjp: ({ cotangent }) => [cotangent, negate(cotangent)],
  samples: plainSamples,
});

const multiplyOp = defineBinary("multiply", {
  onnx: "Mul",
  f: (a, b) => a * b,
  vjp: ({ cotangent, inputs: [a, b] }) => [multiply(cotangent, b!), multiply(cotangent, a!)],
  samples: plainSamples,
});

const divideOp = defineBinary("divide", {
  onnx: "Div",
  f: (a, b) => a / b,
  vjp: ({ cotangent, inputs: [, b], output }) => [
    divide(cotangent, b!),
    negate(divide(multiply(cotangent, output), b!)),
  ],
  samples: awayFromZero,
});

const negateOp = defineOp<None>({
  name: "negate",
  infer: ([x]) => x!,
  lower: ({ g, inputs, type }) => emitUnary(g, inputs[0]!, type, (x) => g.node("Neg", [x])),
  vjp: ({ cotangent }) => [negate(cotangent)],
  reference: ([x]) => x!.data.map((value) => -value),
  samples: () => [{ inputs: [new SampleMaker(11).uniform([2, 3])], attributes: {} }],
});

/** Elementwise sum; shapes stretch by NumPy's rule. */
export function add(a: Tensor | number, b: Tensor | number): Tensor {
  return addOp.apply([asTensor(a), asTensor(b)], {});
}

/** Elementwise difference a - b. */
export function subtract(a: Tensor | number, b: Tensor | number): Tensor {
  return subtractOp.apply([asTensor(a), asTensor(b)], {});
}

/** Elementwise product. */
export function multiply(a: Tensor | number, b: Tensor | number): Tensor {
  return multiplyOp.apply([asTensor(a), asTensor(b)], {});
}

/** Elementwise quotient a / b. */
export function divide(a: Tensor | number, b: Tensor | number): Tensor {
  return divideOp.apply([asTensor(a), asTensor(b)], {});
}

/** -x */
export function negate(x: Tensor): Tensor {
  return negateOp.apply([x], {});
}

/** Adds any number of tensors of one shape. */
export function addAll(first: Tensor, ...rest: readonly Tensor[]): Tensor {
  return rest.reduce((sum, term) => add(sum, term), first);
}
