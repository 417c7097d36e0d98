import { describe, expect, it } from "vitest";
import { expectedCalibrationError, reliabilityBins } from "./calibration.js";

describe("expectedCalibrationError", () => {
  it("matches a case worked by hand", () => {
    // Bins (0, 0.5] and (0.5, 1]: |0.3 - 0.5| x 2/5 + |0.8 - 2/3| x 3/5.
    const probs = [0.2, 0.4, 0.7, 0.8, 0.9];
    const happened = [0, 1, 1, 1, 0];
    const { value, binning } = expectedCalibrationError(probs, happened, { kind: "equal-width", bins: 2 });
    expect(value).toBeCloseTo(0.2 * 0.4 + (0.8 - 2 / 3) * 0.6, 12);
    expect(binning).toEqual({ kind: "equal-width", bins: 2 });
  });

  it("puts the ends 0, 1/bins and 1 in the first, first and last bin", () => {
    const bars = reliabilityBins([0, 0.5, 1], [0, 1, 1], { kind: "equal-width", bins: 2 });
    expect(bars).toEqual([
      { images: 2, meanProb: 0.25, frequency: 0.5 },
      { images: 1, meanProb: 1, frequency: 1 },
    ]);
  });

  it("fills bins of equal mass evenly and keeps equal probabilities together", () => {
    const even = reliabilityBins([0.4, 0.1, 0.3, 0.2], [0, 0, 0, 0], { kind: "equal-mass", bins: 2 });
    expect(even.map((bar) => bar.images)).toEqual([2, 2]);
    const probs = [0.3, 0.1, 0.3, 0.4, 0.2, 0.3];
    const tied = reliabilityBins(probs, [0, 0, 0, 0, 0, 0], { kind: "equal-mass", bins: 2 });
    expect(tied.map((bar) => bar.images)).toEqual([5, 1]);
  });

  it("is undefined without images", () => {
    expect(expectedCalibrationError([], []).value).toBeNull();
  });
});
