import { constant, logSoftmax } from "@hermes-us/tensor";
import { describe, expect, it } from "vitest";
import { numbersOf } from "../testing/run-tensors.js";
import { entropy, entropyBelow } from "./entropy-threshold.js";
import { entropyCeiling, publishedConsistencyRamp } from "./ramps.js";

describe("entropy", () => {
  it("has its known values, and 0 for a certain prediction", async () => {
    const logits = constant([0, 0, Math.log(3), 0, 200, -200, 0, 1000], [4, 2]);
    const [even, three, sure, surer] = await numbersOf(entropy(logSoftmax(logits, 1)));
    expect(even).toBeCloseTo(Math.LN2, 6);
    expect(three).toBeCloseTo(-0.75 * Math.log(0.75) - 0.25 * Math.log(0.25), 6);
    // With 1e-6 inside the logarithm this would be about -1e-6.
    expect(sure).toBeCloseTo(0, 12);
    expect(surer).toBeCloseTo(0, 12);
  });

  it("is below the ceiling strictly", async () => {
    const logProbs = constant([0.5, 0.5, 0.9, 0.1].map(Math.log), [2, 2]);
    expect(await numbersOf(entropyBelow(logProbs, Math.log(2)).toWeights())).toEqual([0, 1]);
    expect(await numbersOf(entropyBelow(logProbs, constant(0.3)).toWeights())).toEqual([0, 0]);
  });
});

describe("the ceiling", () => {
  // With two classes the entropy test is the confidence test p > p_H(t).
  it.each([
    [0, 0.785],
    [0.25, 0.777],
    [0.5, 0.743],
    [0.75, 0.651],
    [0.9, 0.565],
  ])("at %d of the run lets confidences above %d pass", async (share, boundary) => {
    const ceiling = entropyCeiling(share * 1000, 1000, 2);
    const passes = async (p: number) =>
      (await numbersOf(entropyBelow(constant([p, 1 - p].map(Math.log), [1, 2]), ceiling).toWeights()))[0];
    expect(await passes(boundary + 0.002)).toBe(1);
    expect(await passes(boundary - 0.002)).toBe(0);
  });

  it("ends at ln C, for any number of classes", () => {
    expect(entropyCeiling(500, 500, 3)).toBeCloseTo(Math.log(3), 12);
    expect(entropyCeiling(0, 500, 3)).toBeCloseTo((0.75 + 0.25 * Math.exp(-5)) * Math.log(3), 12);
  });
});

describe("the published consistency ramp", () => {
  it("goes up once in 100 steps, and is unfinished after 3000", () => {
    expect(publishedConsistencyRamp(0)).toBeCloseTo(0.0067379, 6);
    expect(publishedConsistencyRamp(199)).toBe(publishedConsistencyRamp(100));
    expect(publishedConsistencyRamp(3000)).toBeCloseTo(0.7316, 4);
    expect(publishedConsistencyRamp(4000)).toBe(1);
  });
});
