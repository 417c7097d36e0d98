import { ShapeError } from "../errors.js";
import { type DefinedOp, defineOp } from "../op.js";
import type { DType } from "../dtype.js";
import { broadcastShapes, expectDType, formatType, type TensorType } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { mapPairs } from "./arithmetic.js";
import { SampleMaker, type SampleTensor } from "./samples.js";
import { asOperands } from "./operands.js";
import type { None } from "./unary.js";

interface PairRule {
  readonly onnx: string;
  readonly dtypes: readonly DType[];
  readonly f: (a: number, b: number) => boolean;
}

function inferBool(name: string, a: TensorType, b: TensorType, dtypes: readonly DType[]): TensorType {
  if (a.dtype !== b.dtype || !dtypes.includes(a.dtype)) {
    throw new ShapeError(
      name,
      `${formatType(a)} and ${formatType(b)}`,
      `two of ${dtypes.join(" or ")}`,
      "use cast()",
    );
  }
  return { dtype: "bool", shape: broadcastShapes(name, a.shape, b.shape) };
}

function pairSamples(dtypes: readonly DType[]): (readonly [SampleTensor, SampleTensor])[] {
  const make = new SampleMaker(40);
  if (!dtypes.includes("float32")) return [[make.bools([2, 4]), make.bools([4])]];
  return [
    [make.uniform([2, 3, 1]), make.uniform([4])],
    [make.integers([3, 4], 3), make.integers([3, 4], 3)],
  ];
}

function definePredicate(name: string, { onnx, dtypes, f }: PairRule): DefinedOp<None> {
  return defineOp<None>({
    name,
    infer: ([a, b]) => inferBool(name, a!, b!, dtypes),
    lower: ({ g, inputs }) => g.node(onnx, inputs),
    vjp: () => [null, null],
    reference: ([a, b], _, type) => mapPairs(a!, b!, type, (left, right) => (f(left, right) ? 1 : 0)),
    samples: () => pairSamples(dtypes).map((inputs) => ({ inputs, attributes: {} })),
  });
}

const numbers = ["float32", "int32"] as const;
const greaterOp = definePredicate("greater", { onnx: "Greater", dtypes: numbers, f: (a, b) => a > b });
const greaterEqualOp = definePredicate("greaterEqual", {
  onnx: "GreaterOrEqual",
  dtypes: numbers,
  f: (a, b) => a >= b,
});
const lessOp = definePredicate("less", { onnx: "Less", dtypes: numbers, f: (a, b) => a < b });
const lessEqualOp = definePredicate("lessEqual", {
  onnx: "LessOrEqual",
  dtypes: numbers,
  f: (a, b) => a <= b,
});
const equalOp = definePredicate("equal", {
  onnx: "Equal",
  dtypes: [...numbers, "bool"],
  f: (a, b) => a === b,
});
const andOp = definePredicate("logicalAnd", {
  onnx: "And",
  dtypes: ["bool"],
  f: (a, b) => a !== 0 && b !== 0,
});
const orOp = definePredicate("logicalOr", { onnx: "Or", dtypes: ["bool"], f: (a, b) => a !== 0 || b !== 0 });

const notOp = defineOp<None>({
  name: "logicalNot",
  infer([x]) {
    expectDType("logicalNot", "x", x!, ["bool"]);
    return x!;
  },
  lower: ({ g, inputs }) => g.node("Not", inputs),
  vjp: () => [null],
  reference: ([x]) => x!.data.map((value) => (value === 0 ? 1 : 0)),
  samples: () => [{ inputs: [new SampleMaker(41).bools([5])], attributes: {} }],
});

/** a > b, bool; shapes stretch by NumPy's rule, as in all comparisons. */
export function greater(a: Tensor | number, b: Tensor | number): Tensor {
  return greaterOp.apply(asOperands(a, b), {});
}

/** a >= b, bool */
export function greaterEqual(a: Tensor | number, b: Tensor | number): Tensor {
  return greaterEqualOp.apply(asOperands(a, b), {});
}

/** a < b, bool */
export function less(a: Tensor | number, b: Tensor | number): Tensor {
  return lessOp.apply(asOperands(a, b), {});
}

/** a <= b, bool */
export function lessEqual(a: Tensor | number, b: Tensor | number): Tensor {
  return lessEqualOp.apply(asOperands(a, b), {});
}

/** a = b exactly, bool; also of two bools */
export function equal(a: Tensor | number, b: Tensor | number): Tensor {
  return equalOp.apply(asOperands(a, b), {});
}

/** Both, of bools. */
export function logicalAnd(a: Tensor, b: Tensor): Tensor {
  return andOp.apply([a, b], {});
}

/** Either or both, of bools. */
export function logicalOr(a: Tensor, b: Tensor): Tensor {
  return orOp.apply([a, b], {});
}

/** The opposite, of bools. */
export function logicalNot(x: Tensor): Tensor {
  return notOp.apply([x], {});
}
