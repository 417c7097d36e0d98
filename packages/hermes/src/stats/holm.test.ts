import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { holmAdjusted } from "./holm.js";

describe("holmAdjusted", () => {
  it("matches a case worked by hand", () => {
    // 0.005 x 4, 0.01 x 3, 0.03 x 2, then 0.04 x 1 raised to the one before it.
    const adjusted = holmAdjusted([0.01, 0.04, 0.03, 0.005]);
    for (const [i, expected] of [0.03, 0.06, 0.06, 0.02].entries())
      expect(adjusted[i]).toBeCloseTo(expected, 12);
  });

  it("leaves a single comparison alone and stays at most 1", () => {
    expect(holmAdjusted([0.04])).toEqual([0.04]);
    expect(holmAdjusted([0.6, 0.7])).toEqual([1, 1]);
    expect(holmAdjusted([])).toEqual([]);
  });

  it("rejects what Holm's procedure rejects, step by step", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }), (pValues) => {
        const sorted = pValues.toSorted((a, b) => a - b);
        const stop = sorted.findIndex((p, i) => p * (sorted.length - i) > 0.05);
        const rejected = stop < 0 ? sorted.length : stop;
        expect(holmAdjusted(pValues).filter((p) => p <= 0.05).length).toBe(rejected);
      }),
    );
  });
});
