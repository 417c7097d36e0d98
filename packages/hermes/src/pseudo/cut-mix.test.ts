import { constant, greater } from "@hermes-us/tensor";
import { describe, expect, it } from "vitest";
import { numbersOf } from "../testing/run-tensors.js";
import { cutMix } from "./cut-mix.js";
import { keepWhere } from "./keep-mask.js";

const SIDE = 10;
const GRID = { height: SIDE, width: SIDE };

/** Three images of one value each: 1, 2, 3. */
const values = Array.from({ length: 3 * SIDE ** 2 }, (_, i) => 1 + Math.floor(i / SIDE ** 2));
const imageOf = (flat: readonly number[], n: number) => flat.slice(n * SIDE ** 2, (n + 1) * SIDE ** 2);

describe("boxes of the next image", () => {
  it("lie where the draws say, and come from the successor", async () => {
    // Sides 0.4 + 0.3 u; from the top and the left by the rest of the side.
    const draws = constant([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0.5, 0.5], [3, 4]);
    const mixed = await numbersOf(cutMix(draws, GRID).images(constant(values, [3, 1, SIDE, SIDE])));
    const boxed = (top: number, left: number, side: number, own: number, other: number) =>
      Array.from({ length: SIDE ** 2 }, (_, i) => {
        const [y, x] = [(Math.floor(i / SIDE) + 0.5) / SIDE, ((i % SIDE) + 0.5) / SIDE];
        return y >= top && y < top + side && x >= left && x < left + side ? other : own;
      });
    expect(imageOf(mixed, 0)).toEqual(boxed(0, 0, 0.4, 1, 2));
    expect(imageOf(mixed, 1)).toEqual(boxed(0.6, 0.6, 0.4, 2, 3));
    expect(imageOf(mixed, 2)).toEqual(boxed(0.15, 0.15, 0.7, 3, 1));
  });

  it("carry labels and what is kept along with their pixels", async () => {
    const draws = constant([0.2, 0.9, 0.4, 0.1, 0.7, 0.3, 0.8, 0.6, 0.5, 0.5, 0.5, 0.5], [3, 4]);
    const boxes = cutMix(draws, GRID);
    const images = await numbersOf(boxes.images(constant(values, [3, 1, SIDE, SIDE])));
    const labels = await numbersOf(boxes.labels(constant(values, [3, SIDE, SIDE], "int32")));
    expect(labels).toEqual(images);
    const keep = boxes.keep(keepWhere(greater(constant(values, [3, SIDE, SIDE]), 1.5)));
    expect(await numbersOf(keep.toWeights())).toEqual(images.map((value) => (value > 1.5 ? 1 : 0)));
  });
});
