import {
  add,
  constant,
  gather,
  input,
  multiply,
  reshape,
  ShapeError,
  transpose,
  unsqueeze,
} from "@hermes-us/tensor";
import { describe, expect, it } from "vitest";
import { type KeepMask, keepWhere, not } from "../pseudo/keep-mask.js";
import { gradientError } from "../testing/check-gradient.js";
import { randomLabels, randomNumbers, randomTensor } from "../testing/random-tensors.js";
import { runTensors, scalarOf } from "../testing/run-tensors.js";
import { crossEntropy } from "./cross-entropy.js";

const logits = constant([0, 0, Math.log(3), 0, Math.log(9), 0], [3, 2]);
const label = constant([0, 0, 1], [3], "int32");
const keep = keepWhere(constant([1, 1, 0], [3], "bool"));
const none = keepWhere(constant([0, 0, 0], [3], "bool"));
const garbage = (mask: KeepMask) => multiply(unsqueeze(not(mask).toWeights(), [1]), 1e4);

describe("crossEntropy", () => {
  it("is the mean of -ln p", async () => {
    const wanted = (Math.log(2) + Math.log(4 / 3) + Math.log(10)) / 3;
    expect(await scalarOf(crossEntropy(logits, label))).toBeCloseTo(wanted, 6);
  });

  it("divides a masked sum by what was declared", async () => {
    const kept = Math.log(2) + Math.log(4 / 3);
    const run = await runTensors({
      all: crossEntropy(logits, label, { mask: keep, denominator: "all" }),
      kept: crossEntropy(logits, label, { mask: keep, denominator: "kept" }),
      noneOfAll: crossEntropy(logits, label, { mask: none, denominator: "all" }),
      noneOfKept: crossEntropy(logits, label, { mask: none, denominator: "kept" }),
    });
    expect(run.all[0]).toBeCloseTo(kept / 3, 6);
    expect(run.kept[0]).toBeCloseTo(kept / 2, 6);
    expect([...run.noneOfAll, ...run.noneOfKept]).toEqual([0, 0]);
  });

  it.each(["all", "kept"] as const)("does not see what is left out (%s)", async (denominator) => {
    const part = { mask: keep, denominator };
    const clean = await scalarOf(crossEntropy(logits, label, part));
    expect(await scalarOf(crossEntropy(add(logits, garbage(keep)), label, part))).toBe(clean);
  });

  it("takes pixels as so many images, in any order", async () => {
    const maskLogits = randomTensor("ce-pixels", [2, 3, 4, 5], -2, 2);
    const mask = randomLabels("ce-mask", [2, 4, 5], 3);
    const rows = reshape(transpose(maskLogits, [0, 2, 3, 1]), [40, 3]);
    const swap = constant([1, 0], [2], "int32");
    const run = await runTensors({
      pixels: crossEntropy(maskLogits, mask),
      rows: crossEntropy(rows, reshape(mask, [40])),
      swapped: crossEntropy(gather(maskLogits, 0, swap), gather(mask, 0, swap)),
    });
    expect(run.rows[0]).toBeCloseTo(run.pixels[0]!, 6);
    expect(run.swapped[0]).toBeCloseTo(run.pixels[0]!, 6);
  });

  it("ignores a label that is no class, and takes labels as float32", async () => {
    const run = await runTensors({
      ignored: crossEntropy(logits, constant([0, 0, -1], [3], "int32")),
      float: crossEntropy(logits, constant([0, 0, 1])),
      whole: crossEntropy(logits, label),
    });
    expect(run.ignored[0]).toBeCloseTo((Math.log(2) + Math.log(4 / 3)) / 3, 6);
    expect(run.float).toEqual(run.whole);
  });

  it("refuses labels and masks of another size", () => {
    expect(() => crossEntropy(input("z", [2, 2, 8, 8]), input("m", [2, 4, 4], "int32"))).toThrow(ShapeError);
    expect(() => crossEntropy(input("z", [2, 2]), label)).toThrow(/crossEntropy: got labels \[3\]/);
    const four = keepWhere(constant([1, 1, 1, 1], [4], "bool"));
    expect(() => crossEntropy(logits, label, { mask: four, denominator: "all" })).toThrow(/keep mask \[4\]/);
  });

  it("has the gradient of its values", async () => {
    const data = Float32Array.from(randomNumbers("ce-gradient", 6, -2, 2));
    const at = { z: { dtype: "float32", shape: [3, 2], data } } as const;
    for (const denominator of ["all", "kept"] as const) {
      const loss = ({ z }: Record<string, typeof logits>) =>
        crossEntropy(z!, label, { mask: keep, denominator });
      expect(await gradientError(loss, at)).toBeLessThan(1e-3);
    }
  });
});
