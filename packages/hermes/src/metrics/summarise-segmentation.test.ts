import { describe, expect, it } from "vitest";
import { measureSegmentation } from "./measure-segmentation.js";
import { segmentationMetrics, segmentationValue, summariseSegmentation } from "./summarise-segmentation.js";
import { maskOf } from "./testing/mask-of.js";

const lesion = maskOf(["##..", "##..", "...."]);
const empty = maskOf(["....", "....", "...."]);
const doubled = maskOf(["####", "####", "...."]);
const spacingMm = { x: 0.5, y: 0.5 };
const records = [
  measureSegmentation({ id: "a", group: "p1", truth: lesion, prediction: lesion, spacingMm }),
  measureSegmentation({ id: "b", group: "p1", truth: lesion, prediction: doubled, spacingMm: null }),
  measureSegmentation({ id: "c", group: null, truth: lesion, prediction: empty, spacingMm }),
  measureSegmentation({ id: "d", group: "p2", truth: empty, prediction: empty, spacingMm }),
];

describe("summariseSegmentation", () => {
  const summary = summariseSegmentation(records);

  it("averages per image and counts empty masks", () => {
    expect(summary).toMatchObject({
      images: 4,
      groups: 2,
      emptyCases: { "neither-empty": 2, "both-empty": 1, "truth-empty": 0, "prediction-empty": 1 },
    });
    // Dice 1, 8/12, 0, 1.
    expect(summary.perImage.dice.mean).toBeCloseTo((1 + 2 / 3 + 0 + 1) / 4, 12);
    expect(summary.perImage.dice.median).toBeCloseTo((2 / 3 + 1) / 2, 12);
    expect(summary.perImage.dice.sd).toBeCloseTo(Math.sqrt((2 * (1 / 3) ** 2 + (2 / 3) ** 2) / 3), 12);
  });

  it("leaves undefined distances out of the mean and says how many", () => {
    expect(summary.perImage.hd95Px).toMatchObject({ defined: 3, undefinedImages: 1 });
    expect(summary.perImage.hd95Mm).toMatchObject({ defined: 2, undefinedImages: 2, mean: 0 });
  });

  it("keeps tolerances in mm and in px apart", () => {
    expect(summary.surfaceTolerances).toEqual([
      { value: 1, unit: "mm", images: 3 },
      { value: 5, unit: "px", images: 1 },
    ]);
    expect(summary.perImage.normalisedSurfaceDistancePx.defined).toBe(1);
    expect(summary.perImage.normalisedSurfaceDistanceMm.mean).toBeCloseTo(2 / 3, 12);
  });

  it("takes detection rates over lesions and false lesions over images", () => {
    expect(summary.detection).toEqual({
      detectionRateAnyOverlap: 2 / 3,
      falseLesionsPerImageAnyOverlap: 0,
      detectionRateIouHalf: 2 / 3,
      falseLesionsPerImageIouHalf: 0,
    });
  });

  it("is JSON, and is defined for no images", () => {
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
    expect(summariseSegmentation([]).perImage.dice).toEqual({
      mean: null,
      sd: null,
      median: null,
      defined: 0,
      undefinedImages: 0,
    });
    expect(summariseSegmentation([]).detection.detectionRateAnyOverlap).toBeNull();
  });
});

describe("segmentationMetrics", () => {
  it("counts an image as often as its weight says", () => {
    const twice = segmentationMetrics([records[0]!, records[1]!, records[1]!]);
    const weighted = segmentationMetrics(records);
    const weights = Float64Array.of(1, 2, 0, 0);
    for (const name of Object.keys(twice) as (keyof typeof twice)[]) {
      expect(weighted[name](weights)).toBeCloseTo(twice[name](Float64Array.of(1, 1, 1)), 12);
    }
  });

  it("reads single images", () => {
    expect(records.map((record) => segmentationValue(record, "hd95Px"))[2]).toBeNull();
    expect(segmentationValue(records[1]!, "recall")).toBe(1);
  });
});
