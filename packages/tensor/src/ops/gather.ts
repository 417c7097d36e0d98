import { defineComposite } from "./composite.js";
import { ShapeError } from "../errors.js";
import { defineOp } from "../op.js";
import { expectDType, formatType, normalizeAxis, sameShape, type Shape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add } from "./arithmetic.js";
import { broadcastTo } from "./broadcast.js";
import { reshape } from "./reshape.js";
import { SampleMaker } from "./samples.js";
import { viewAxis } from "./strided.js";
import { scatterAddAlong } from "./take-along.js";

const gatherOp = defineOp<{ axis: number }>({
  name: "gather",
  infer([x, indices], { axis }) {
    expectDType("gather", "indices", indices!, ["int32"]);
    return { dtype: x!.dtype, shape: x!.shape.toSpliced(axis, 1, ...indices!.shape) };
  },
  lower: ({ g, inputs, attributes: { axis } }) => g.node("Gather", inputs, { axis }),
  vjp: ({ cotangent, inputs: [x, indices], attributes: { axis } }) => [
    scatterAdd(x!.shape, axis, indices!, cotangent),
    null,
  ],
  reference([x, indices], { axis }, type) {
    const { outer, extent, inner } = viewAxis(x!.shape, axis);
    const out = new Float64Array(sizeOf(type.shape));
    const count = indices!.data.length;
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < count; i++) {
        const index = indices!.data[i]!;
        if (index < 0 || index >= extent)
          throw new RangeError(`gather: index ${index} of an axis of ${extent}`);
        const from = (o * extent + index) * inner;
        out.set(x!.data.subarray(from, from + inner), (o * count + i) * inner);
      }
    }
    return out;
  },
  samples: () => {
    const make = new SampleMaker(62);
    return [
      { inputs: [make.uniform([4, 3]), make.integers([2, 3], 4)], attributes: { axis: 0 } },
      { inputs: [make.uniform([2, 5, 2]), make.integers([7], 5)], attributes: { axis: 1 } },
      { inputs: [make.uniform([2, 3]), make.integers([], 3)], attributes: { axis: 1 } },
    ];
  },
});

/**
 * Whole slices by index: the axis is replaced by the axes of `indices`.
 * @param x [.., extent, ..]
 * @param indices int32 of any rank, each in [0, extent)
 */
export function gather(x: Tensor, axis: number, indices: Tensor): Tensor {
  return gatherOp.apply([x, indices], { axis: normalizeAxis("gather", axis, x.rank) });
}

/**
 * The transpose of {@link gather}: adds each slice of `updates` to the slice of `base` that its index names; repeated
 * indices add up.
 * @param base a tensor [.., extent, ..], or the shape of one that holds zeros
 * @param updates the shape of `base` with the axis replaced by the axes of `indices`
 */
export function scatterAdd(base: Tensor | Shape, axis: number, indices: Tensor, updates: Tensor): Tensor {
  const shape = "op" in base ? base.shape : base;
  const at = normalizeAxis("scatterAdd", axis, shape.length);
  expectDType("scatterAdd", "indices", indices, ["int32"]);
  const wanted = shape.toSpliced(at, 1, ...indices.shape);
  if (!sameShape(updates.shape, wanted)) {
    const got = `updates ${formatType(updates)} for indices ${formatType(indices)} on axis ${axis} of [${shape.join(", ")}]`;
    throw new ShapeError("scatterAdd", got, `updates [${wanted.join(", ")}]`, "reshape the updates");
  }
  const { outer, extent, inner } = viewAxis(shape, at);
  const flat: Shape = [outer, sizeOf(indices.shape), inner];
  const spread = broadcastTo(reshape(indices, [1, flat[1]!, 1]), flat);
  const scattered = reshape(scatterAddAlong(extent, 1, spread, reshape(updates, flat)), shape);
  return "op" in base ? add(base, scattered) : scattered;
}

defineComposite<{ axis: number }>({
  name: "scatterAdd",
  build: ([base, indices, updates], { axis }) => scatterAdd(base!, axis, indices!, updates!),
  reference([base, indices, updates], { axis }) {
    const { outer, extent, inner } = viewAxis(base!.shape, axis);
    const count = indices!.data.length;
    const out = base!.data.slice();
    for (let i = 0; i < outer * count * inner; i++) {
      const index = indices!.data[Math.floor(i / inner) % count]!;
      out[(Math.floor(i / (inner * count)) * extent + index) * inner + (i % inner)]! += updates!.data[i]!;
    }
    return out;
  },
  samples: () => {
    const make = new SampleMaker(65);
    return [
      {
        inputs: [make.uniform([4, 3]), make.integers([6], 4), make.uniform([6, 3])],
        attributes: { axis: 0 },
      },
      {
        inputs: [make.uniform([2, 3, 2]), make.integers([2, 2], 3), make.uniform([2, 2, 2, 2])],
        attributes: { axis: 1 },
      },
    ];
  },
});
