import { ShapeError } from "../errors.js";
import { type DefinedOp, defineOp } from "../op.js";
import { broadcastShapes, expectDType, formatType } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, inferPair, mapPairs, multiply, subtract } from "./arithmetic.js";
import { broadcastOffsets, sumTo } from "./broadcast.js";
import { sign } from "./elementwise.js";
import { asOperands } from "./operands.js";
import { SampleMaker } from "./samples.js";
import type { None } from "./unary.js";

const whereOp = defineOp<None>({
  name: "where",
  infer([condition, a, b]) {
    expectDType("where", "condition", condition!, ["bool"]);
    if (a!.dtype !== b!.dtype || a!.dtype === "bool") {
      throw new ShapeError(
        "where",
        `${formatType(a!)} and ${formatType(b!)}`,
        "two numeric tensors of one dtype",
        "use cast()",
      );
    }
    return {
      dtype: a!.dtype,
      shape: broadcastShapes("where", condition!.shape, broadcastShapes("where", a!.shape, b!.shape)),
    };
  },
  lower: ({ g, inputs }) => g.node("Where", inputs),
  vjp({ cotangent, inputs: [condition, a, b] }) {
    return [
      null,
      sumTo(where(condition!, cotangent, 0), a!.shape),
      sumTo(where(condition!, 0, cotangent), b!.shape),
    ];
  },
  reference([condition, a, b], _, type) {
    const [picks, left, right] = [condition, a, b].map((x) => broadcastOffsets(x!.shape, type.shape));
    return Float64Array.from(picks!, (pick, i) =>
      condition!.data[pick] === 0 ? b!.data[right![i]!]! : a!.data[left![i]!]!,
    );
  },
  samples: () => {
    const make = new SampleMaker(43);
    return [
      { inputs: [make.bools([2, 3]), make.uniform([2, 3]), make.uniform([2, 3])], attributes: {} },
      { inputs: [make.bools([4, 1]), make.uniform([]), make.uniform([2, 1, 3])], attributes: {} },
    ];
  },
});

function defineExtreme(name: "maximum" | "minimum", onnx: string, direction: 1 | -1): DefinedOp<None> {
  return defineOp<None>({
    name,
    infer: ([a, b]) => inferPair(name, a!, b!),
    lower: ({ g, inputs }) => g.node(onnx, inputs),
    vjp({ cotangent, inputs }) {
      const [a, b] = [inputs[0]!, inputs[1]!];
      const lean = multiply(sign(subtract(a, b)), 0.5 * direction);
      return [
        sumTo(multiply(cotangent, add(0.5, lean)), a.shape),
        sumTo(multiply(cotangent, subtract(0.5, lean)), b.shape),
      ];
    },
    reference: ([a, b], _, type) => mapPairs(a!, b!, type, direction === 1 ? Math.max : Math.min),
    samples: () => {
      const make = new SampleMaker(44);
      const all = make.distinct([22], 0.11);
      const [left, right] = [all.data.slice(0, 6), all.data.slice(6, 9)];
      return [
        {
          inputs: [
            { dtype: "float32", shape: [2, 3], data: left },
            { dtype: "float32", shape: [3], data: right },
          ],
          attributes: {},
        },
      ];
    },
  });
}

const maximumOp = defineExtreme("maximum", "Max", 1);
const minimumOp = defineExtreme("minimum", "Min", -1);

/**
 * `a` where `condition` is true, else `b`; shapes stretch by NumPy's rule, a number takes the other's dtype.
 * @throws ShapeError unless condition is bool and a and b have one numeric dtype
 */
export function where(condition: Tensor, a: Tensor | number, b: Tensor | number): Tensor {
  return whereOp.apply([condition, ...asOperands(a, b)], {});
}

/** The larger of the two, elementwise; where they are equal each gets half of the gradient. */
export function maximum(a: Tensor | number, b: Tensor | number): Tensor {
  return maximumOp.apply(asOperands(a, b), {});
}

/** The smaller of the two, elementwise; where they are equal each gets half of the gradient. */
export function minimum(a: Tensor | number, b: Tensor | number): Tensor {
  return minimumOp.apply(asOperands(a, b), {});
}
