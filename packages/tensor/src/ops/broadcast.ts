import { ShapeError } from "../errors.js";
import { defineOp, type NdArray } from "../op.js";
import { broadcastShapes, formatType, type Shape, sameShape, sizeOf, stridesOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { SampleMaker } from "./samples.js";

/** @returns for each element of `shape`, in order, the offset of the element of `from` that stretches onto it. */
export function broadcastOffsets(from: Shape, shape: Shape): Int32Array {
  const strides = stridesOf(from);
  const lead = shape.length - from.length;
  const steps = shape.map((_, axis) => (axis < lead || from[axis - lead] === 1 ? 0 : strides[axis - lead]!));
  const offsets = new Int32Array(sizeOf(shape));
  const index = new Array<number>(shape.length).fill(0);
  let offset = 0;
  for (let i = 0; i < offsets.length; i++) {
    offsets[i] = offset;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]! += 1;
      offset += steps[axis]!;
      if (index[axis]! < shape[axis]!) break;
      offset -= steps[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return offsets;
}

function sumInto(x: NdArray, shape: Shape): Float64Array {
  const out = new Float64Array(sizeOf(shape));
  const offsets = broadcastOffsets(shape, x.shape);
  for (let i = 0; i < x.data.length; i++) out[offsets[i]!]! += x.data[i]!;
  return out;
}

const broadcastOp = defineOp<{ shape: readonly number[] }>({
  name: "broadcast-to",
  infer([x], { shape }) {
    if (!sameShape(broadcastShapes("broadcastTo", x!.shape, shape), shape)) {
      throw new ShapeError(
        "broadcastTo",
        formatType(x!),
        `a shape that stretches to [${shape.join(", ")}]`,
        "reshape it first",
      );
    }
    return { dtype: x!.dtype, shape };
  },
  lower: ({ g, inputs, attributes }) => g.node("Expand", [inputs[0]!, g.ints(attributes.shape)]),
  vjp: ({ cotangent, inputs }) => [sumTo(cotangent, inputs[0]!.shape)],
  reference: ([x], { shape }) =>
    Float64Array.from(broadcastOffsets(x!.shape, shape), (offset) => x!.data[offset]!),
  samples: () => {
    const make = new SampleMaker(2);
    return [
      { inputs: [make.uniform([3, 1])], attributes: { shape: [2, 3, 4] } },
      { inputs: [make.uniform([])], attributes: { shape: [5] } },
    ];
  },
});

/**
 * Repeats axes of extent 1, and adds leading axes, until the shape is reached.
 * @throws ShapeError when it cannot
 */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : broadcastOp.apply([x], { shape: [...shape] });
}

const sumToOp = defineOp<{ shape: readonly number[] }>({
  name: "sum-to",
  infer([x], { shape }) {
    if (!sameShape(broadcastShapes("sumTo", x!.shape, shape), x!.shape)) {
      throw new ShapeError(
        "sumTo",
        formatType(x!),
        `a shape that [${shape.join(", ")}] stretches to`,
        "check the shapes",
      );
    }
    return { dtype: x!.dtype, shape };
  },
  lower({ g, inputs, inputTypes, attributes: { shape } }) {
    const from = inputTypes[0]!.shape;
    const lead = from.length - shape.length;
    const axes = from.flatMap((extent, axis) =>
      axis < lead || (shape[axis - lead] === 1 && extent !== 1) ? [axis] : [],
    );
    const summed = g.node("ReduceSum", [inputs[0]!, g.ints(axes)], { keepdims: 1 });
    return lead === 0 ? summed : g.reshape(summed, shape);
  },
  vjp: ({ cotangent, inputs }) => [broadcastTo(cotangent, inputs[0]!.shape)],
  reference: ([x], { shape }) => sumInto(x!, shape),
  samples: () => {
    const make = new SampleMaker(3);
    return [
      { inputs: [make.uniform([2, 3, 4])], attributes: { shape: [3, 1] } },
      { inputs: [make.uniform([2, 3])], attributes: { shape: [] } },
    ];
  },
});

/** The transpose of {@link broadcastTo}: adds up whatever was stretched. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : sumToOp.apply([x], { shape: [...shape] });
}
