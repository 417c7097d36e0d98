import { defineOp } from "../op.js";
import { emitMatmul } from "../onnx/emit-matmul.js";
import { expectDType, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { multiply } from "./arithmetic.js";
import { SampleMaker } from "./samples.js";

/** Elements per dot product. */
const ROW = 2048;

const sumSquaresOp = defineOp<Record<string, never>>({
  name: "sum-squares",
  infer([x]) {
    expectDType("sumSquares", "x", x!, ["float32"]);
    return { dtype: "float32", shape: [] };
  },
  lower({ g, inputs, inputTypes }) {
    const size = sizeOf(inputTypes[0]!.shape);
    // Rows of dot products run on all threads; ReduceSumSquare does not.
    const rows = g.target === "cpu" && size % ROW === 0 ? size / ROW : 1;
    if (rows === 1) return g.node("ReduceSumSquare", [g.reshape(inputs[0]!, [-1])], { keepdims: 0 });
    const flat = g.reshape(inputs[0]!, [rows, 1, ROW]);
    const dots = emitMatmul(g, flat, flat, { sides: { a: "as-is", b: "transpose" }, ranks: [3, 3] });
    return g.node("ReduceSum", [g.reshape(dots, [rows])], { keepdims: 0 });
  },
  vjp: ({ cotangent, inputs: [x] }) => [multiply(multiply(cotangent, 2), x!)],
  reference: ([x]) => Float64Array.of(x!.data.reduce((total, value) => total + value * value, 0)),
  samples: () => [
    { inputs: [new SampleMaker(60).uniform([3, 4])], attributes: {} },
    { inputs: [new SampleMaker(61).uniform([2, 2, 1024])], attributes: {} },
  ],
});

/** Sum of the squares of all elements, a scalar. */
export function sumSquares(x: Tensor): Tensor {
  return sumSquaresOp.apply([x], {});
}
