import { type DefinedOp, defineOp } from "../op.js";
import { expectDType, normalizeAxis } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { SampleMaker } from "./samples.js";
import { viewAxis } from "./strided.js";

function defineArgExtreme(
  name: "argmax" | "argmin",
  onnx: string,
  better: (a: number, b: number) => boolean,
) {
  const op: DefinedOp<{ axis: number }> = defineOp<{ axis: number }>({
    name,
    infer([x], { axis }) {
      expectDType(name, "x", x!, ["float32"]);
      return { dtype: "int32", shape: x!.shape.toSpliced(axis, 1) };
    },
    lower({ g, inputs, attributes: { axis } }) {
      return g.node("Cast", [g.node(onnx, inputs, { axis, keepdims: 0 })], { to: 6 });
    },
    vjp: () => [null],
    reference([x], { axis }) {
      const { outer, extent, inner } = viewAxis(x!.shape, axis);
      return Float64Array.from({ length: outer * inner }, (_, i) => {
        const start = Math.floor(i / inner) * extent * inner + (i % inner);
        let best = 0;
        for (let at = 1; at < extent; at++) {
          if (better(x!.data[start + at * inner]!, x!.data[start + best * inner]!)) best = at;
        }
        return best;
      });
    },
    samples: () => {
      const make = new SampleMaker(51);
      return [
        { inputs: [make.distinct([2, 5, 3])], attributes: { axis: 1 } },
        { inputs: [make.uniform([4])], attributes: { axis: 0 } },
        {
          inputs: [{ dtype: "float32", shape: [4], data: Float64Array.of(1, 2, 2, 1) }],
          attributes: { axis: 0 },
        },
      ];
    },
  });
  return op;
}

const argmaxOp = defineArgExtreme("argmax", "ArgMax", (a, b) => a > b);
const argminOp = defineArgExtreme("argmin", "ArgMin", (a, b) => a < b);

/** @returns the place of the largest element on `axis`, the first of equal ones, as int32; the axis is gone */
export function argmax(x: Tensor, axis: number): Tensor {
  return argmaxOp.apply([x], { axis: normalizeAxis("argmax", axis, x.rank) });
}

/** @returns the place of the smallest element on `axis`, the first of equal ones, as int32; the axis is gone */
export function argmin(x: Tensor, axis: number): Tensor {
  return argminOp.apply([x], { axis: normalizeAxis("argmin", axis, x.rank) });
}
