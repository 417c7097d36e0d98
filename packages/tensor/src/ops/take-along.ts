import { ShapeError } from "../errors.js";
import { defineOp } from "../op.js";
import { expectDType, formatType, normalizeAxis, type Shape, sizeOf, type TensorType } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add } from "./arithmetic.js";
import { SampleMaker } from "./samples.js";
import { viewAxis } from "./strided.js";

/** @throws ShapeError unless the two agree on every axis but `axis` */
function checkAlong(name: string, x: TensorType, indices: TensorType, axis: number): void {
  expectDType(name, "indices", indices, ["int32"]);
  const fits =
    x.shape.length === indices.shape.length &&
    x.shape.every((n, at) => at === axis || n === indices.shape[at]);
  if (!fits) {
    const wanted = `indices of the same shape except on axis ${axis}`;
    throw new ShapeError(
      name,
      `${formatType(x)} and indices ${formatType(indices)}`,
      wanted,
      "broadcast the indices",
    );
  }
}

/** @returns for each element of `indices`, its offset in a tensor of `shape` */
function offsetsAlong(
  shape: Shape,
  axis: number,
  indices: { readonly shape: Shape; readonly data: Float64Array },
): Int32Array {
  const { extent, inner } = viewAxis(shape, axis);
  const block = indices.shape[axis]! * inner;
  return Int32Array.from(indices.data, (index, i) => {
    if (index < 0 || index >= extent) throw new RangeError(`index ${index} of an axis of ${extent}`);
    return Math.floor(i / block) * extent * inner + index * inner + (i % inner);
  });
}

const takeAlongOp = defineOp<{ axis: number }>({
  name: "takeAlong",
  infer([x, indices], { axis }) {
    checkAlong("takeAlong", x!, indices!, axis);
    return { dtype: x!.dtype, shape: indices!.shape };
  },
  lower: ({ g, inputs, attributes: { axis } }) => g.node("GatherElements", inputs, { axis }),
  vjp: ({ cotangent, inputs: [x, indices], attributes: { axis } }) => [
    scatterAlongOp.apply([indices!, cotangent], { axis, extent: x!.shape[axis]! }),
    null,
  ],
  reference: ([x, indices], { axis }) =>
    Float64Array.from(offsetsAlong(x!.shape, axis, indices!), (offset) => x!.data[offset]!),
  samples: () => {
    const make = new SampleMaker(60);
    return [
      { inputs: [make.uniform([2, 4, 3]), make.integers([2, 5, 3], 4)], attributes: { axis: 1 } },
      { inputs: [make.uniform([3, 4]), make.integers([3, 2], 4)], attributes: { axis: 1 } },
    ];
  },
});

/** Inputs: indices, updates of their shape. Output: zeros, `extent` long on `axis`, with the updates added in. */
const scatterAlongOp = defineOp<{ axis: number; extent: number }>({
  name: "scatterAddAlong",
  infer([indices, updates], { axis, extent }) {
    expectDType("scatterAddAlong", "updates", updates!, ["float32"]);
    checkAlong("scatterAddAlong", updates!, indices!, axis);
    if (updates!.shape[axis] !== indices!.shape[axis]) {
      throw new ShapeError(
        "scatterAddAlong",
        `indices ${formatType(indices!)} for updates ${formatType(updates!)}`,
        "one index per update",
        "broadcast the indices",
      );
    }
    return { dtype: "float32", shape: updates!.shape.with(axis, extent) };
  },
  lower({ g, inputs: [indices, updates], type, attributes: { axis } }) {
    const zeros = g.node("Expand", [g.scalar(0), g.ints(type.shape)]);
    return g.node("ScatterElements", [zeros, indices!, updates!], { axis, reduction: "add" });
  },
  vjp: ({ cotangent, inputs: [indices], attributes: { axis } }) => [
    null,
    takeAlong(cotangent, axis, indices!),
  ],
  reference([indices, updates], { axis }, type) {
    const out = new Float64Array(sizeOf(type.shape));
    const offsets = offsetsAlong(type.shape, axis, indices!);
    for (let i = 0; i < offsets.length; i++) out[offsets[i]!]! += updates!.data[i]!;
    return out;
  },
  samples: () => {
    const make = new SampleMaker(61);
    return [
      { inputs: [make.integers([2, 5, 3], 4), make.uniform([2, 5, 3])], attributes: { axis: 1, extent: 4 } },
      { inputs: [make.integers([3, 2], 2), make.uniform([3, 2])], attributes: { axis: 0, extent: 2 } },
    ];
  },
});

/**
 * One element per index: result[.., i, ..] = x[.., indices[.., i, ..], ..] on `axis`.
 * @param indices int32, the shape of x except on `axis`; each in [0, extent)
 * @returns the shape of `indices`
 */
export function takeAlong(x: Tensor, axis: number, indices: Tensor): Tensor {
  return takeAlongOp.apply([x, indices], { axis: normalizeAxis("takeAlong", axis, x.rank) });
}

/**
 * Adds each update to the element that its index names on `axis`; repeated indices add up.
 * @param base the shape of `updates` except on `axis`, or the extent of that axis for a base of zeros
 * @param indices int32, the shape of `updates`; each in [0, extent)
 */
export function scatterAddAlong(
  base: Tensor | number,
  axis: number,
  indices: Tensor,
  updates: Tensor,
): Tensor {
  const at = normalizeAxis("scatterAddAlong", axis, updates.rank);
  const extent = typeof base === "number" ? base : (base.shape[at] ?? 0);
  const scattered = scatterAlongOp.apply([indices, updates], { axis: at, extent });
  return typeof base === "number" ? scattered : add(base, scattered);
}
