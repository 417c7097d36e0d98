import type { DType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { defineOp } from "../op.js";
import type { GraphBuilder, Value } from "../onnx/graph-builder.js";
import { formatType, normalizeAxis, type Shape, sizeOf, stridesOf, type TensorType } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { reshape } from "./reshape.js";
import { SampleMaker } from "./samples.js";
import { stridedOffsets } from "./strided.js";

/** One entry per axis. */
type SliceAttributes = { starts: readonly number[]; ends: readonly number[]; steps: readonly number[] };

function checkSlice(x: TensorType, { starts, ends, steps }: SliceAttributes): void {
  const rank = x.shape.length;
  const fits = x.shape.every((extent, axis) => {
    const [start, end, step] = [starts[axis], ends[axis], steps[axis]];
    if (start === undefined || end === undefined || step === undefined) return false;
    return (
      [start, end, step].every(Number.isInteger) && start >= 0 && start < end && end <= extent && step > 0
    );
  });
  if (!fits || [starts, ends, steps].some((list) => list.length !== rank)) {
    throw new ShapeError(
      "slice",
      `starts [${starts.join(", ")}], ends [${ends.join(", ")}], steps [${steps.join(", ")}] of ${formatType(x)}`,
      `${rank} of each, with 0 <= start < end <= extent and step >= 1`,
      "correct the ranges; flip() reverses an axis",
    );
  }
}

const sliceOp = defineOp<SliceAttributes>({
  name: "slice",
  infer([x], attributes) {
    checkSlice(x!, attributes);
    const { starts, ends, steps } = attributes;
    return {
      dtype: x!.dtype,
      shape: starts.map((start, axis) => Math.ceil((ends[axis]! - start) / steps[axis]!)),
    };
  },
  lower({ g, inputs, inputTypes, attributes: { starts, ends, steps } }) {
    const extents = inputTypes[0]!.shape;
    const axes = [...extents.keys()].filter(
      (i) => starts[i] !== 0 || ends[i] !== extents[i] || steps[i] !== 1,
    );
    const [from, to, by] = [starts, ends, steps].map((list) => g.ints(axes.map((axis) => list[axis]!)));
    return g.node("Slice", [inputs[0]!, from!, to!, g.ints(axes), by!]);
  },
  vjp: ({ cotangent, inputs, attributes }) => [unslice(cotangent, inputs[0]!.shape, attributes)],
  reference([x], { starts, steps }, type) {
    const strides = stridesOf(x!.shape);
    const start = starts.reduce((offset, first, axis) => offset + first * strides[axis]!, 0);
    const offsets = stridedOffsets(
      type.shape,
      strides.map((stride, axis) => stride * steps[axis]!),
      start,
    );
    return Float64Array.from(offsets, (offset) => x!.data[offset]!);
  },
  samples: () => {
    const make = new SampleMaker(22);
    return [
      { inputs: [make.uniform([3, 4])], attributes: { starts: [1, 0], ends: [3, 3], steps: [1, 1] } },
      {
        inputs: [make.uniform([2, 7, 5])],
        attributes: { starts: [0, 1, 0], ends: [2, 7, 5], steps: [1, 3, 2] },
      },
    ];
  },
});

/** The transpose of slice: the elements back in their places, zeros between and around them. */
function unslice(y: Tensor, shape: Shape, { starts, steps }: SliceAttributes): Tensor {
  const spread = steps.reduce(
    (tensor, step, axis) => (step === 1 ? tensor : spreadAxis(tensor, axis, step)),
    y,
  );
  return pad(
    spread,
    starts,
    shape.map((extent, axis) => extent - starts[axis]! - spread.shape[axis]!),
  );
}

/** Puts `step - 1` zeros between neighbours on one axis: extent n becomes (n - 1) step + 1. */
function spreadAxis(x: Tensor, axis: number, step: number): Tensor {
  const extent = x.shape[axis]!;
  const apart = reshape(x, x.shape.toSpliced(axis, 1, extent, 1));
  const zeros = new Array<number>(apart.rank).fill(0);
  const padded = reshape(
    pad(apart, zeros, zeros.with(axis + 1, step - 1)),
    x.shape.with(axis, extent * step),
  );
  return sliceAxis(padded, axis, 0, (extent - 1) * step + 1);
}

/**
 * A rectangular part of x: from `starts` up to, not including, `ends`, every `steps`-th element; one entry per axis,
 * negative starts and ends count from the end.
 * @throws ShapeError when a range is empty or leaves the tensor
 */
export function slice(
  x: Tensor,
  starts: readonly number[],
  ends: readonly number[],
  steps?: readonly number[],
): Tensor {
  const fromEnd = (list: readonly number[]) =>
    list.map((at, axis) => (at < 0 ? at + (x.shape[axis] ?? 0) : at));
  const attributes = { starts: fromEnd(starts), ends: fromEnd(ends), steps: steps ?? x.shape.map(() => 1) };
  checkSlice(x, attributes);
  const whole = x.shape.every(
    (extent, axis) => attributes.starts[axis] === 0 && attributes.ends[axis] === extent,
  );
  return whole && attributes.steps.every((step) => step === 1) ? x : sliceOp.apply([x], attributes);
}

/** {@link slice} on one axis. */
export function sliceAxis(x: Tensor, axis: number, start: number, end: number, step = 1): Tensor {
  const at = normalizeAxis("sliceAxis", axis, x.rank);
  const starts = x.shape.map(() => 0);
  return slice(x, starts.with(at, start), x.shape.with(at, end), x.shape.map(() => 1).with(at, step));
}

/**
 * Cuts one axis into parts of the given extents.
 * @throws ShapeError unless they add up to the axis
 */
export function split(x: Tensor, axis: number, extents: readonly number[]): Tensor[] {
  const at = normalizeAxis("split", axis, x.rank);
  const total = extents.reduce((sum, extent) => sum + extent, 0);
  if (total !== x.shape[at]) {
    const got = `parts [${extents.join(", ")}] of axis ${axis} of ${formatType(x)}`;
    throw new ShapeError("split", got, `parts that add up to ${x.shape[at]}`, "correct the parts");
  }
  let start = 0;
  return extents.map((extent) => {
    start += extent;
    return sliceAxis(x, at, start - extent, start);
  });
}

/** One entry of `before` and `after` per axis. */
type PadAttributes = { before: readonly number[]; after: readonly number[]; value: number };

function constantOf(g: GraphBuilder, dtype: DType, value: number): Value {
  if (dtype === "float32") return g.scalar(value);
  return g.constant(dtype, [], dtype === "int32" ? Int32Array.of(value) : Uint8Array.of(value));
}

const padOp = defineOp<PadAttributes>({
  name: "pad",
  infer([x], { before, after }) {
    const rank = x!.shape.length;
    const valid = [...before, ...after].every((extent) => Number.isInteger(extent) && extent >= 0);
    if (!valid || before.length !== rank || after.length !== rank) {
      const got = `before [${before.join(", ")}], after [${after.join(", ")}] for ${formatType(x!)}`;
      throw new ShapeError(
        "pad",
        got,
        `${rank} of each, none negative`,
        "correct them; slice() takes elements away",
      );
    }
    return { dtype: x!.dtype, shape: x!.shape.map((extent, axis) => before[axis]! + extent + after[axis]!) };
  },
  lower({ g, inputs, type, attributes: { before, after, value } }) {
    return g.node("Pad", [inputs[0]!, g.ints([...before, ...after]), constantOf(g, type.dtype, value)], {
      mode: "constant",
    });
  },
  vjp({ cotangent, inputs, attributes: { before } }) {
    return [
      slice(
        cotangent,
        before,
        before.map((first, axis) => first + inputs[0]!.shape[axis]!),
      ),
    ];
  },
  reference([x], { before, value }, type) {
    const out = new Float64Array(sizeOf(type.shape)).fill(value);
    const strides = stridesOf(type.shape);
    const start = before.reduce((offset, first, axis) => offset + first * strides[axis]!, 0);
    const offsets = stridedOffsets(x!.shape, strides, start);
    for (let i = 0; i < offsets.length; i++) out[offsets[i]!] = x!.data[i]!;
    return out;
  },
  samples: () => {
    const make = new SampleMaker(23);
    return [
      { inputs: [make.uniform([2, 3])], attributes: { before: [1, 0], after: [0, 2], value: 0 } },
      {
        inputs: [make.uniform([1, 2, 2, 3])],
        attributes: { before: [0, 0, 1, 2], after: [0, 1, 0, 1], value: -3.5 },
      },
    ];
  },
});

/** Surrounds x with `value`: `before` and `after` count the elements added on each axis. */
export function pad(x: Tensor, before: readonly number[], after: readonly number[], value = 0): Tensor {
  const nothing =
    before.length === x.rank && after.length === x.rank && [...before, ...after].every((n) => n === 0);
  return nothing ? x : padOp.apply([x], { before: [...before], after: [...after], value });
}
