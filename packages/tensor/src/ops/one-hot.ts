import { SampleMaker } from "./samples.js";
import { defineComposite } from "./composite.js";
import { ShapeError } from "../errors.js";
import { expectDType, normalizeAxis, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { cast } from "./cast.js";
import { equal } from "./compare.js";
import { constant } from "./leaf.js";
import { unsqueeze } from "./reshape.js";

/**
 * 1 at each index, else 0; an index outside [0, depth) gives zeros alone.
 * @param indices int32
 * @param axis where the new axis stands in the result, the last by default: 1 makes labels [N, H, W] into [N, depth, H, W]
 * @returns float32, `depth` long on the new axis
 */
export function oneHot(indices: Tensor, depth: number, axis = -1): Tensor {
  expectDType("oneHot", "indices", indices, ["int32"]);
  if (!Number.isInteger(depth) || depth < 1)
    throw new ShapeError("oneHot", `depth ${depth}`, "1 or more", "pass the number of classes");
  const at = normalizeAxis("oneHot", axis, indices.rank + 1);
  const classes = constant(
    Float64Array.from({ length: depth }, (_, i) => i),
    [depth, ...new Array<number>(indices.rank - at).fill(1)],
    "int32",
  );
  return cast(equal(unsqueeze(indices, [at]), classes), "float32");
}

defineComposite<{ depth: number; axis: number }>({
  name: "oneHot",
  build: ([indices], { depth, axis }) => oneHot(indices!, depth, axis),
  reference([indices], { depth, axis }) {
    const inner = axis === -1 ? 1 : sizeOf(indices!.shape.slice(axis));
    const out = new Float64Array(indices!.data.length * depth);
    for (const [i, index] of indices!.data.entries()) {
      if (index < depth) out[(Math.floor(i / inner) * depth + index) * inner + (i % inner)] = 1;
    }
    return out;
  },
  samples: () => {
    const make = new SampleMaker(64);
    return [
      { inputs: [make.integers([5], 4)], attributes: { depth: 3, axis: -1 } },
      { inputs: [make.integers([2, 2, 3], 3)], attributes: { depth: 3, axis: 1 } },
    ];
  },
});
