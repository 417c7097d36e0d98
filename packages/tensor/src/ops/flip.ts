import { defineOp } from "../op.js";
import { normalizeAxes, stridesOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { SampleMaker } from "./samples.js";
import { stridedOffsets } from "./strided.js";

const flipOp = defineOp<{ axes: readonly number[] }>({
  name: "flip",
  infer: ([x]) => x!,
  /** Gather, since `Slice` with step -1 is slow. */
  lower: ({ g, inputs, type: { shape }, attributes: { axes } }) =>
    axes.reduce((value, axis) => {
      const backwards = Int32Array.from({ length: shape[axis]! }, (_, i) => shape[axis]! - 1 - i);
      return g.node("Gather", [value, g.constant("int32", [shape[axis]!], backwards)], { axis });
    }, inputs[0]!),
  vjp: ({ cotangent, attributes }) => [flip(cotangent, attributes.axes)],
  reference([x], { axes }) {
    const strides = stridesOf(x!.shape);
    const last = axes.reduce((offset, axis) => offset + (x!.shape[axis]! - 1) * strides[axis]!, 0);
    const steps = strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride));
    return Float64Array.from(stridedOffsets(x!.shape, steps, last), (offset) => x!.data[offset]!);
  },
  samples: () => {
    const make = new SampleMaker(25);
    return [
      { inputs: [make.uniform([2, 3, 3])], attributes: { axes: [1, 2] } },
      { inputs: [make.uniform([3, 4])], attributes: { axes: [0] } },
    ];
  },
});

/** Reverses the order of the elements on each of `axes`. */
export function flip(x: Tensor, axes: readonly number[]): Tensor {
  const turned = normalizeAxes("flip", axes, x.rank).filter((axis) => x.shape[axis] !== 1);
  return turned.length === 0 ? x : flipOp.apply([x], { axes: turned });
}
