import type { Tensor } from "../tensor.js";
import { normalizeAxis } from "../shape.js";
import { divide } from "./arithmetic.js";
import { defineComposite } from "./composite.js";
import { sqrt, square } from "./elementwise.js";
import { sum } from "./reduce.js";
import { SampleMaker } from "./samples.js";
import { maximum } from "./select.js";
import { viewAxis } from "./strided.js";

/**
 * x / max(|x|, epsilon) with the Euclidean norm on `axis`, as torch.nn.functional.normalize. The bound is put on the
 * squared norm, so that the gradient of a zero vector is finite.
 */
export function l2Normalize(x: Tensor, axis: number, epsilon = 1e-12): Tensor {
  const squaredNorm = sum(square(x), { axes: [axis], keep: "axes" });
  return divide(x, sqrt(maximum(squaredNorm, epsilon ** 2)));
}

defineComposite<{ axis: number; epsilon: number }>({
  name: "l2Normalize",
  build: ([x], { axis, epsilon }) => l2Normalize(x!, axis, epsilon),
  reference([x], { axis, epsilon }) {
    const { outer, extent, inner } = viewAxis(x!.shape, normalizeAxis("l2Normalize", axis, x!.shape.length));
    const out = new Float64Array(x!.data.length);
    for (let lane = 0; lane < outer * inner; lane++) {
      const start = Math.floor(lane / inner) * extent * inner + (lane % inner);
      let squares = 0;
      for (let i = 0; i < extent; i++) squares += x!.data[start + i * inner]! ** 2;
      for (let i = 0; i < extent; i++) {
        out[start + i * inner] = x!.data[start + i * inner]! / Math.max(Math.sqrt(squares), epsilon);
      }
    }
    return out;
  },
  samples: () => {
    const make = new SampleMaker(80);
    return [
      { inputs: [make.uniform([2, 5])], attributes: { axis: -1, epsilon: 1e-12 } },
      { inputs: [make.uniform([2, 3, 4])], attributes: { axis: 1, epsilon: 1e-12 } },
      { inputs: [make.uniform([2, 3])], attributes: { axis: 1, epsilon: 5 } },
    ];
  },
});
