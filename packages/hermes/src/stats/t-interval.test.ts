import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { seedSpread } from "./seed-spread.js";
import { tInterval } from "./t-interval.js";

const { tIntervals }: { tIntervals: { values: number[]; low: number; high: number; sd: number }[] } =
  JSON.parse(readFileSync(new URL("../../../../fixtures/stats/stats.json", import.meta.url), "utf8"));

describe("tInterval", () => {
  it.each(tIntervals)("equals SciPy", ({ values, low, high, sd }) => {
    const interval = tInterval(values)!;
    expect(interval.low).toBeCloseTo(low, 12);
    expect(interval.high).toBeCloseTo(high, 12);
    expect(seedSpread(values).sd).toBeCloseTo(sd, 12);
  });

  it("needs two values", () => {
    expect(tInterval([0.3])).toBeNull();
    expect(seedSpread([0.3])).toEqual({ kind: "seeds", mean: 0.3, sd: null, runs: 1 });
    expect(seedSpread([])).toEqual({ kind: "seeds", mean: null, sd: null, runs: 0 });
  });
});
