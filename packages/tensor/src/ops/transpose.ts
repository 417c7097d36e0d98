import { ShapeError } from "../errors.js";
import { defineOp } from "../op.js";
import { formatType, normalizeAxis, stridesOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { SampleMaker } from "./samples.js";
import { stridedOffsets } from "./strided.js";

const transposeOp = defineOp<{ permutation: readonly number[] }>({
  name: "transpose",
  infer([x], { permutation }) {
    const rank = x!.shape.length;
    if (permutation.length !== rank || new Set(permutation).size !== rank) {
      throw new ShapeError(
        "transpose",
        `permutation [${permutation.join(", ")}] of ${formatType(x!)}`,
        `each of the ${rank} axes once`,
        "correct the permutation",
      );
    }
    return { dtype: x!.dtype, shape: permutation.map((axis) => x!.shape[axis]!) };
  },
  lower: ({ g, inputs, attributes }) => g.transpose(inputs[0]!, attributes.permutation),
  vjp({ cotangent, attributes: { permutation } }) {
    return [
      transpose(
        cotangent,
        permutation.map((_, axis) => permutation.indexOf(axis)),
      ),
    ];
  },
  reference([x], { permutation }, type) {
    const strides = stridesOf(x!.shape);
    const offsets = stridedOffsets(
      type.shape,
      permutation.map((axis) => strides[axis]!),
    );
    return Float64Array.from(offsets, (offset) => x!.data[offset]!);
  },
  samples: () => {
    const make = new SampleMaker(21);
    return [
      { inputs: [make.uniform([2, 3])], attributes: { permutation: [1, 0] } },
      { inputs: [make.uniform([2, 3, 4, 1])], attributes: { permutation: [2, 0, 3, 1] } },
    ];
  },
});

/**
 * Reorders axes: axis i of the result is axis `permutation[i]` of x; negative axes count from the end.
 * @throws ShapeError unless each axis is there once
 */
export function transpose(x: Tensor, permutation: readonly number[]): Tensor {
  const normal = permutation.map((axis) => normalizeAxis("transpose", axis, x.rank));
  const same = normal.length === x.rank && normal.every((axis, i) => axis === i);
  return same ? x : transposeOp.apply([x], { permutation: normal });
}
