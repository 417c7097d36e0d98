import { describe, expect, it } from "vitest";
import { classUncertainty, maskUncertainty, pixelUncertainty } from "./uncertainty.js";

describe("uncertainty", () => {
  it("of classes runs from 0 to 1, whatever their number", () => {
    expect(classUncertainty([1, 0])).toBe(0);
    expect(classUncertainty([0.5, 0.5])).toBeCloseTo(1, 12);
    expect(classUncertainty([1 / 3, 1 / 3, 1 / 3])).toBeCloseTo(1, 12);
    // -(0.9 ln 0.9 + 0.1 ln 0.1) / ln 2
    expect(classUncertainty([0.9, 0.1])).toBeCloseTo(0.4689956, 6);
  });

  it("of a mask looks at pixels that may be lesion alone", () => {
    expect(pixelUncertainty(0.5)).toBe(1);
    expect(maskUncertainty([0, 0.01, 0.04])).toBe(0);
    expect(maskUncertainty([0, 0, 0, 0.5, 1])).toBeCloseTo(0.5, 12);
  });
});
