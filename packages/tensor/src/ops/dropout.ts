import { ShapeError } from "../errors.js";
import { expectDType } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { multiply } from "./arithmetic.js";
import { cast } from "./cast.js";
import { defineComposite } from "./composite.js";
import { SampleMaker } from "./samples.js";

/**
 * x / keepProb where the mask keeps, else 0 ("inverted" dropout). The mask is an input, since randomness belongs to the
 * caller.
 * @param keepMask bool or float32 of zeros and ones, 1 = kept; stretches to the shape of x, so [N, C, 1, 1] drops channels
 * @param keepProb the probability with which the mask keeps, in (0, 1]
 */
export function dropout(x: Tensor, keepMask: Tensor, keepProb: number): Tensor {
  expectDType("dropout", "keepMask", keepMask, ["bool", "float32"]);
  if (!(keepProb > 0 && keepProb <= 1)) {
    throw new ShapeError(
      "dropout",
      `keepProb ${keepProb}`,
      "a number in (0, 1]",
      "pass the share that is kept, not dropped",
    );
  }
  return multiply(x, multiply(cast(keepMask, "float32"), 1 / keepProb));
}

defineComposite<{ keepProb: number }>({
  name: "dropout",
  build: ([x, keepMask], { keepProb }) => dropout(x!, keepMask!, keepProb),
  reference: ([x, keepMask], { keepProb }) => {
    const run = x!.data.length / keepMask!.data.length;
    return x!.data.map((value, i) => (keepMask!.data[Math.floor(i / run)] === 1 ? value / keepProb : 0));
  },
  samples: () => {
    const make = new SampleMaker(83);
    return [
      { inputs: [make.uniform([3, 5]), make.bools([3, 5])], attributes: { keepProb: 0.8 } },
      { inputs: [make.uniform([2, 3, 2, 2]), make.bools([2, 3, 1, 1])], attributes: { keepProb: 0.5 } },
    ];
  },
});
