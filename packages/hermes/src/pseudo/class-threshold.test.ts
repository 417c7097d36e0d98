import { constant } from "@hermes-us/tensor";
import { describe, expect, it } from "vitest";
import { numbersOf } from "../testing/run-tensors.js";
import { classFrequency, nextFrequency } from "./class-frequency.js";
import { aboveClassThreshold, classThresholds } from "./class-threshold.js";

describe("class thresholds", () => {
  it("rise from lowest to highest with the frequency", async () => {
    const [never, rare, common, always] = await numbersOf(classThresholds(constant([0, 0.1, 0.9, 1])));
    expect(never).toBeCloseTo(0.5, 6);
    expect(rare).toBeCloseTo(0.545, 6);
    expect(common).toBeCloseTo(0.905, 6);
    expect(always).toBeCloseTo(0.95, 6);
    const own = await numbersOf(classThresholds(constant([0.5]), { lowest: 0.2, highest: 0.4 }));
    expect(own[0]).toBeCloseTo(0.3, 6);
  });

  it("are strict and each class's own", async () => {
    const probs = constant([0.6, 0.4, 0.2, 0.8, 0.25, 0.75, 0.1, 0.9], [4, 2]);
    const label = constant([0, 1, 1, 1], [4], "int32");
    const keep = aboveClassThreshold(probs, label, constant([0.55, 0.75]));
    expect(await numbersOf(keep.toWeights())).toEqual([1, 1, 0, 1]);
  });

  it("hold for pixels as for images", async () => {
    // Two pixels: background at 0.7, lesion at 0.7.
    const probs = constant([0.7, 0.3, 0.3, 0.7], [1, 2, 1, 2]);
    const label = constant([0, 1], [1, 1, 2], "int32");
    const keep = aboveClassThreshold(probs, label, constant([0.9, 0.55]));
    expect(keep.shape).toEqual([1, 1, 2]);
    expect(await numbersOf(keep.toWeights())).toEqual([0, 1]);
  });
});

describe("class frequency", () => {
  it("counts every position of the batch", async () => {
    const label = constant([0, 0, 1, 0, 0, 2, 0, 0], [2, 2, 2], "int32");
    expect(await numbersOf(classFrequency(label, 3))).toEqual([0.75, 0.125, 0.125]);
  });

  it("moves a little with one odd batch where it is averaged, and all the way where it is not", async () => {
    const previous = constant([0.75, 0.25]);
    const odd = constant([0, 1]);
    const averaged = await numbersOf(nextFrequency({ kind: "average", previous, decay: 0.99 }, odd));
    expect(averaged[0]).toBeCloseTo(0.7425, 6);
    expect(averaged[1]).toBeCloseTo(0.2575, 6);
    expect(await numbersOf(nextFrequency({ kind: "batch" }, odd))).toEqual([0, 1]);
  });
});
