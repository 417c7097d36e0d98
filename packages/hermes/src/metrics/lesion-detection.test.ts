import { describe, expect, it } from "vitest";
import { detectLesions } from "./lesion-detection.js";
import { maskOf } from "./testing/mask-of.js";

describe("detectLesions", () => {
  it("counts one finding over two lesions as two found by overlap and at most one by IoU", () => {
    const truth = maskOf(["####.##", "####.##"]);
    const prediction = maskOf(["#######", "#######"]);
    expect(detectLesions(truth, prediction)).toEqual({
      truthLesions: 2,
      predictedLesions: 1,
      anyOverlap: { detected: 2, falseLesions: 0 },
      iouHalf: { detected: 1, falseLesions: 0 },
    });
  });

  it("counts a touch as found by overlap but false by IoU, and a miss as false by both", () => {
    const truth = maskOf(["####...", ".......", "......."]);
    const prediction = maskOf(["#......", ".......", "......#"]);
    expect(detectLesions(truth, prediction)).toMatchObject({
      anyOverlap: { detected: 1, falseLesions: 1 },
      iouHalf: { detected: 0, falseLesions: 2 },
    });
  });

  it("takes an IoU of exactly one half", () => {
    expect(detectLesions(maskOf(["####"]), maskOf(["##.."])).iouHalf).toEqual({
      detected: 1,
      falseLesions: 0,
    });
  });
});
