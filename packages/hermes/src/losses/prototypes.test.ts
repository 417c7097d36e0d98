import { constant } from "@hermes-us/tensor";
import { describe, expect, it } from "vitest";
import { keepWhere } from "../pseudo/keep-mask.js";
import { runTensors } from "../testing/run-tensors.js";
import { classPrototypes } from "./prototypes.js";

describe("classPrototypes", () => {
  it("are the unit means of each class's kept pixels in each image, background included", async () => {
    // Two images of 1 x 3 pixels with two features each.
    const embedding = constant([3, 1, 9, 0, 1, 9, 0, 0, 5, 2, 2, 5], [2, 2, 1, 3]);
    const label = constant([0, 0, 1, 1, 1, 0], [2, 1, 3], "int32");
    const keep = keepWhere(constant([1, 1, 0, 1, 1, 1], [2, 1, 3], "bool"));
    const { vectors, label: classes, valid } = classPrototypes({ embedding, label, keep }, { classes: 2 });
    const atLeastTwo = classPrototypes({ embedding, label, keep }, { classes: 2, minPositions: 2 });
    const run = await runTensors({
      vectors,
      classes,
      valid: valid.toWeights(),
      two: atLeastTwo.valid.toWeights(),
    });
    expect(run.classes).toEqual([0, 1, 0, 1]);
    expect(run.valid).toEqual([1, 0, 1, 1]);
    expect(run.two).toEqual([1, 0, 0, 1]);
    const wanted = [4 / Math.hypot(4, 1), 1 / Math.hypot(4, 1), 0, 0, Math.SQRT1_2, Math.SQRT1_2, 0, 1];
    for (const [i, value] of wanted.entries()) expect(run.vectors[i]).toBeCloseTo(value, 6);
  });
});
