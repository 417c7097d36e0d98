import { ShapeError } from "../errors.js";
import { defineOp } from "../op.js";
import { formatType, normalizeAxes, type Shape, sameShape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { SampleMaker } from "./samples.js";

const reshapeOp = defineOp<{ shape: readonly number[] }>({
  name: "reshape",
  infer([x], { shape }) {
    if (
      sizeOf(shape) !== sizeOf(x!.shape) ||
      shape.some((extent) => !Number.isInteger(extent) || extent < 0)
    ) {
      const wanted = `${sizeOf(x!.shape)} elements, not the ${sizeOf(shape)} of [${shape.join(", ")}]`;
      throw new ShapeError(
        "reshape",
        formatType(x!),
        wanted,
        "correct the shape, or leave one extent open with -1",
      );
    }
    return { dtype: x!.dtype, shape };
  },
  lower: ({ g, inputs, attributes }) => g.reshape(inputs[0]!, attributes.shape),
  vjp: ({ cotangent, inputs }) => [reshape(cotangent, inputs[0]!.shape)],
  reference: ([x]) => x!.data,
  samples: () => {
    const make = new SampleMaker(20);
    return [
      { inputs: [make.uniform([2, 3, 4])], attributes: { shape: [4, 6] } },
      { inputs: [make.uniform([1, 1])], attributes: { shape: [] } },
    ];
  },
});

function fillOpenExtent(x: Tensor, shape: Shape): number[] {
  const open = shape.filter((extent) => extent === -1).length;
  if (open > 1) {
    throw new ShapeError(
      "reshape",
      `shape [${shape.join(", ")}]`,
      "-1 at most once",
      "write the other extents out",
    );
  }
  const known = shape.reduce((product, extent) => (extent === -1 ? product : product * extent), 1);
  return shape.map((extent) => (extent === -1 && known > 0 ? sizeOf(x.shape) / known : extent));
}

/**
 * The same elements, in row-major order, under another shape; one extent may be -1, "what is left".
 * @throws ShapeError when the number of elements differs
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const wanted = fillOpenExtent(x, shape);
  return sameShape(x.shape, wanted) ? x : reshapeOp.apply([x], { shape: wanted });
}

/**
 * Takes axes of extent 1 away; all of them where none are named.
 * @throws ShapeError when a named axis has another extent
 */
export function squeeze(x: Tensor, axes?: readonly number[]): Tensor {
  const named = normalizeAxes("squeeze", axes, x.rank);
  const dropped = axes === undefined ? named.filter((axis) => x.shape[axis] === 1) : named;
  const wide = dropped.find((axis) => x.shape[axis] !== 1);
  if (wide !== undefined) {
    throw new ShapeError(
      "squeeze",
      `axis ${wide} of ${formatType(x)}`,
      "axes of extent 1",
      "slice or reduce it first",
    );
  }
  return reshape(
    x,
    x.shape.filter((_, axis) => !dropped.includes(axis)),
  );
}

/** Adds axes of extent 1, so that each of `axes` is one of them in the result. */
export function unsqueeze(x: Tensor, axes: readonly number[]): Tensor {
  const rank = x.rank + axes.length;
  const added = normalizeAxes("unsqueeze", axes, rank);
  const old = [...x.shape];
  return reshape(
    x,
    Array.from({ length: rank }, (_, axis) => (added.includes(axis) ? 1 : old.shift()!)),
  );
}
