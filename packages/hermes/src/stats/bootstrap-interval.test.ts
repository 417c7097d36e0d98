import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bcaInterval, percentileInterval } from "./bootstrap-interval.js";

const fixture: {
  bootstrap: {
    name: string;
    estimate: number;
    leftOut: number[];
    resampled: number[];
    percentile: [number, number];
    bca: [number, number];
  }[];
} = JSON.parse(readFileSync(new URL("../../../../fixtures/stats/stats.json", import.meta.url), "utf8"));

describe("bootstrap intervals from given resamples", () => {
  it.each(fixture.bootstrap)("$name: as scipy.stats.bootstrap", (expected) => {
    const resampled = Float64Array.from(expected.resampled);
    const percentile = percentileInterval(resampled, 0.9);
    expect(percentile.low).toBeCloseTo(expected.percentile[0], 12);
    expect(percentile.high).toBeCloseTo(expected.percentile[1], 12);
    const bca = bcaInterval(resampled, expected.estimate, Float64Array.from(expected.leftOut), 0.9);
    expect(bca.low).toBeCloseTo(expected.bca[0], 10);
    expect(bca.high).toBeCloseTo(expected.bca[1], 10);
    expect(bca).toMatchObject({ level: 0.9, method: "bca" });
  });

  it("falls back to percentiles, and says so, where the estimate lies outside all resamples", () => {
    const interval = bcaInterval(Float64Array.of(1, 2, 3), 5, Float64Array.of(4, 5, 6), 0.9);
    expect(interval.method).toBe("percentile");
    expect(interval.low).toBeGreaterThanOrEqual(1);
  });

  it("is a point where nothing varies", () => {
    const interval = bcaInterval(new Float64Array(50).fill(0.7), 0.7, new Float64Array(9).fill(0.7), 0.95);
    expect(interval).toMatchObject({ low: 0.7, high: 0.7, method: "bca" });
  });
});
