import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { UserError } from "../errors.js";
import type { LesionDetection } from "./lesion-detection.js";
import { measureSegmentation } from "./measure-segmentation.js";
import { normalisedSurfaceDistance, toleranceFor } from "./normalised-surface-distance.js";
import { surfaceDistances } from "./surface-distances.js";
import { maskOf } from "./testing/mask-of.js";

interface Surface {
  hd95: number | null;
  assd: number | null;
  nsd: number;
  hausdorff?: number;
}
interface Fixture {
  tolerancePx: number;
  toleranceMm: number;
  spacingMm: { x: number; y: number };
  cases: {
    name: string;
    truth: string[];
    prediction: string[];
    dice: number;
    iou: number;
    precision: number;
    recall: number;
    px: Surface;
    mm: Surface;
    detection: LesionDetection;
  }[];
}

const fixture: Fixture = JSON.parse(
  readFileSync(new URL("../../../../fixtures/metrics/segmentation.json", import.meta.url), "utf8"),
);
const tolerances = { mm: fixture.toleranceMm, px: fixture.tolerancePx };

function expectClose(actual: number | null, expected: number | null): void {
  if (expected === null) expect(actual).toBeNull();
  else expect(actual).toBeCloseTo(expected, 10);
}

describe("segmentation metrics against scikit-learn, scikit-image and SciPy", () => {
  it.each(fixture.cases)("$name", (expected) => {
    const truth = maskOf(expected.truth);
    const prediction = maskOf(expected.prediction);
    const { spacingMm } = fixture;
    const record = measureSegmentation({ id: "a", group: null, truth, prediction, spacingMm }, tolerances);
    expectClose(record.dice, expected.dice);
    expectClose(record.iou, expected.iou);
    expectClose(record.precision, expected.precision);
    expectClose(record.recall, expected.recall);
    expectClose(record.hd95Px, expected.px.hd95);
    expectClose(record.assdPx, expected.px.assd);
    expectClose(record.hd95Mm, expected.mm.hd95);
    expectClose(record.assdMm, expected.mm.assd);
    expect(record.normalisedSurfaceDistance.tolerance).toEqual({ value: fixture.toleranceMm, unit: "mm" });
    expectClose(record.normalisedSurfaceDistance.score, expected.mm.nsd);
    expectClose(
      normalisedSurfaceDistance(surfaceDistances(truth, prediction), toleranceFor(null, tolerances)).score,
      expected.px.nsd,
    );
    expect(record.lesions).toEqual(expected.detection);
  });

  it.each(fixture.cases.filter(({ px }) => px.hausdorff !== undefined))(
    "$name: largest surface distance is skimage's Hausdorff distance",
    ({ truth, prediction, px }) => {
      const distances = surfaceDistances(maskOf(truth), maskOf(prediction))!;
      expect(Math.max(...distances.fromTruth, ...distances.fromPrediction)).toBeCloseTo(px.hausdorff!, 10);
    },
  );
});

describe("measureSegmentation", () => {
  it("leaves millimetres undefined and says px where the pixel size is not known", () => {
    const mask = maskOf([".##.", ".##."]);
    const record = measureSegmentation({
      id: "a",
      group: "p1",
      truth: mask,
      prediction: mask,
      spacingMm: null,
    });
    expect(record).toMatchObject({
      hd95Px: 0,
      hd95Mm: null,
      assdMm: null,
      truthAreaPx: 4,
      predictedAreaPx: 4,
    });
    expect(record.normalisedSurfaceDistance).toEqual({ score: 1, tolerance: { value: 5, unit: "px" } });
  });

  it("refuses masks of different sizes, broken masks and impossible spacing", () => {
    const small = maskOf(["##"]);
    const large = maskOf(["##", "##"]);
    const broken = { ...small, data: new Uint8Array(5) };
    const measure = (truth: typeof small, prediction: typeof small, x: number) => () =>
      measureSegmentation({ id: "img", group: null, truth, prediction, spacingMm: { x, y: 1 } });
    expect(measure(large, small, 1)).toThrow(/2 x 1 pixels for a truth mask of 2 x 2/);
    expect(measure(small, broken, 1)).toThrow(UserError);
    expect(measure(small, small, 0)).toThrow(/measuring img: pixel spacing/);
    expect(measure(small, small, Number.NaN)).toThrow(UserError);
  });
});
