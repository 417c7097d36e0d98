import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { UserError } from "../errors.js";
import { measureLesions } from "./lesion-measures.js";
import { maskOf } from "./testing/mask-of.js";

interface Expected {
  area: number;
  majorAxis: number;
  minorAxis: number;
  feretMax: number;
  feretMinScan: number;
  centroidX: number;
  centroidY: number;
}
const fixture: {
  spacingMm: { x: number; y: number };
  cases: { name: string; prediction: string[]; lesionsPx: Expected[]; lesionsMm: Expected[] }[];
} = JSON.parse(
  readFileSync(new URL("../../../../fixtures/metrics/segmentation.json", import.meta.url), "utf8"),
);

describe("measureLesions", () => {
  it.each(fixture.cases)("$name: as scikit-image's regions", ({ prediction, lesionsPx, lesionsMm }) => {
    const measured = measureLesions(maskOf(prediction), fixture.spacingMm);
    // scikit-image and Hermes number regions in the same order; the sort by area is stable.
    const order = lesionsPx.map((_, i) => i).sort((a, b) => lesionsPx[b]!.area - lesionsPx[a]!.area);
    expect(measured.length).toBe(order.length);
    for (const [i, source] of order.entries()) {
      const lesion = measured[i]!;
      expect(lesion.centroidPx.x).toBeCloseTo(lesionsPx[source]!.centroidX, 9);
      expect(lesion.centroidPx.y).toBeCloseTo(lesionsPx[source]!.centroidY, 9);
      for (const [size, expected] of [
        [lesion.px, lesionsPx[source]!],
        [lesion.mm!, lesionsMm[source]!],
      ] as const) {
        expect(size.area).toBeCloseTo(expected.area, 9);
        expect(size.majorAxis).toBeCloseTo(expected.majorAxis, 9);
        expect(size.minorAxis).toBeCloseTo(expected.minorAxis, 9);
        expect(size.feretMax).toBeCloseTo(expected.feretMax, 9);
        // The scan turns by 0.05 degrees, so it can only miss the smallest width by being wider.
        expect(size.feretMin).toBeLessThanOrEqual(expected.feretMinScan + 1e-9);
        expect(size.feretMin).toBeGreaterThan(expected.feretMinScan * 0.998);
      }
    }
  });

  it("gives one pixel its side and diagonal", () => {
    const [lesion] = measureLesions(maskOf(["...", ".#."]), { x: 0.3, y: 0.4 });
    expect(lesion!.px).toMatchObject({ area: 1, feretMin: 1 });
    expect(lesion!.px.feretMax).toBeCloseTo(Math.SQRT2, 12);
    expect(lesion!.mm!.feretMax).toBeCloseTo(0.5, 12);
    expect(lesion!.mm!.area).toBeCloseTo(0.12, 12);
    expect(lesion!.centroidPx).toEqual({ x: 1.5, y: 1.5 });
  });

  it("gives a disc its diameter on both axes", () => {
    const disc = maskOf(
      Array.from({ length: 81 }, (_, y) =>
        Array.from({ length: 81 }, (_, x) => (Math.hypot(x - 40, y - 40) <= 30 ? "#" : ".")).join(""),
      ),
    );
    const [lesion] = measureLesions(disc, null);
    for (const size of [lesion!.px.majorAxis, lesion!.px.minorAxis, lesion!.px.feretMin]) {
      expect(Math.abs(size - 60)).toBeLessThan(1.1);
    }
    expect(lesion!.mm).toBeNull();
  });

  it("puts the largest first, and an empty mask has none", () => {
    expect(measureLesions(maskOf(["#..##", "...##"]), null).map((lesion) => lesion.px.area)).toEqual([4, 1]);
    expect(measureLesions(maskOf(["..."]), null)).toEqual([]);
  });

  it("refuses an impossible spacing", () => {
    expect(() => measureLesions(maskOf(["#"]), { x: -1, y: 1 })).toThrow(UserError);
  });
});
