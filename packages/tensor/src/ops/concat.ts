import { ShapeError } from "../errors.js";
import { defineOp } from "../op.js";
import { formatType, normalizeAxis, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { unsqueeze } from "./reshape.js";
import { SampleMaker } from "./samples.js";
import { split } from "./slice.js";
import { viewAxis } from "./strided.js";

const concatOp = defineOp<{ axis: number }>({
  name: "concat",
  infer(inputs, { axis }) {
    const first = inputs[0]!;
    const odd = inputs.find(
      ({ shape, dtype }) =>
        dtype !== first.dtype ||
        shape.length !== first.shape.length ||
        shape.some((extent, at) => at !== axis && extent !== first.shape[at]),
    );
    if (odd !== undefined) {
      const wanted = `one dtype and the same extents except on axis ${axis}`;
      throw new ShapeError(
        "concat",
        `${formatType(first)} and ${formatType(odd)}`,
        wanted,
        "reshape, pad or cast one of them",
      );
    }
    const extent = inputs.reduce((sum, { shape }) => sum + shape[axis]!, 0);
    return { dtype: first.dtype, shape: first.shape.with(axis, extent) };
  },
  lower: ({ g, inputs, attributes: { axis } }) => g.node("Concat", inputs, { axis }),
  vjp: ({ cotangent, inputs, attributes: { axis } }) =>
    split(
      cotangent,
      axis,
      inputs.map((input) => input.shape[axis]!),
    ),
  reference(inputs, { axis }, type) {
    const out = new Float64Array(sizeOf(type.shape));
    const row = viewAxis(type.shape, axis).extent * viewAxis(type.shape, axis).inner;
    let start = 0;
    for (const { shape, data } of inputs) {
      const { outer, extent, inner } = viewAxis(shape, axis);
      for (let o = 0; o < outer; o++) {
        out.set(data.subarray(o * extent * inner, (o + 1) * extent * inner), o * row + start);
      }
      start += extent * inner;
    }
    return out;
  },
  samples: () => {
    const make = new SampleMaker(24);
    return [
      { inputs: [make.uniform([2, 3]), make.uniform([2, 1]), make.uniform([2, 2])], attributes: { axis: 1 } },
      { inputs: [make.uniform([1, 3, 2]), make.uniform([2, 3, 2])], attributes: { axis: 0 } },
    ];
  },
});

/**
 * Joins tensors along one axis.
 * @throws ShapeError when they differ on another axis
 */
export function concat(tensors: readonly Tensor[], axis: number): Tensor {
  const first = tensors[0];
  if (first === undefined)
    throw new ShapeError("concat", "no tensors", "at least one", "pass the tensors to join");
  const at = normalizeAxis("concat", axis, first.rank);
  return tensors.length === 1 ? first : concatOp.apply(tensors, { axis: at });
}

/** Joins tensors of one shape along a new axis. */
export function stack(tensors: readonly Tensor[], axis: number): Tensor {
  return concat(
    tensors.map((tensor) => unsqueeze(tensor, [axis])),
    axis,
  );
}
