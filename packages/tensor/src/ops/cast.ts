import type { DType } from "../dtype.js";
import { defineOp } from "../op.js";
import { onnxType } from "../onnx/model.js";
import type { Tensor } from "../tensor.js";
import { SampleMaker } from "./samples.js";

function convert(value: number, dtype: DType): number {
  switch (dtype) {
    case "float32":
      return value;
    case "int32":
      return Math.trunc(value);
    case "uint8":
      return Math.trunc(value) & 255;
    case "bool":
      return value === 0 ? 0 : 1;
    default:
      return dtype satisfies never;
  }
}

const castOp = defineOp<{ dtype: DType }>({
  name: "cast",
  infer: ([x], { dtype }) => ({ dtype, shape: x!.shape }),
  lower: ({ g, inputs, attributes }) => g.node("Cast", inputs, { to: onnxType[attributes.dtype] }),
  vjp: () => [null],
  reference: ([x], { dtype }) => x!.data.map((value) => convert(value, dtype)),
  samples: () => {
    const make = new SampleMaker(42);
    return [
      { inputs: [make.bools([2, 3])], attributes: { dtype: "float32" } },
      { inputs: [make.uniform([2, 3], -4, 4)], attributes: { dtype: "int32" } },
      { inputs: [make.integers([6], 3)], attributes: { dtype: "bool" } },
      { inputs: [make.integers([6], 200)], attributes: { dtype: "uint8" } },
    ];
  },
});

/**
 * The same values as another dtype: floats lose their fraction (towards zero) as integers, bool is 0 or 1. A change of
 * dtype stops the gradient.
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : castOp.apply([x], { dtype });
}
