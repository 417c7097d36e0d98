import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wilcoxonSignedRank } from "./wilcoxon.js";

const {
  wilcoxon,
}: {
  wilcoxon: {
    name: string;
    differences: number[];
    method: "exact" | "normal";
    statistic: number;
    pValue: number;
  }[];
} = JSON.parse(readFileSync(new URL("../../../../fixtures/stats/stats.json", import.meta.url), "utf8"));

describe("wilcoxonSignedRank", () => {
  it.each(wilcoxon)("$name: as scipy.stats.wilcoxon", ({ differences, method, statistic, pValue }) => {
    const result = wilcoxonSignedRank(differences);
    expect(result.method).toBe(method);
    expect(result.statistic).toBe(statistic);
    expect(result.pValue).toBeCloseTo(pValue, 12);
  });

  it("has 2 of 2^5 sign patterns as extreme as five gains", () => {
    expect(wilcoxonSignedRank([0.1, 0.2, 0.3, 0.4, 0.5]).pValue).toBe(2 / 32);
  });

  it("finds nothing where nothing differs", () => {
    expect(wilcoxonSignedRank([0, 0, 0])).toEqual({
      pValue: 1,
      statistic: 0,
      method: "exact",
      used: 0,
      zeros: 3,
    });
    expect(wilcoxonSignedRank([]).pValue).toBe(1);
  });

  it("does not care which run comes first, nor for the scale", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 60 }), (differences) => {
        const { pValue } = wilcoxonSignedRank(differences);
        expect(pValue).toBeGreaterThanOrEqual(0);
        expect(pValue).toBeLessThanOrEqual(1);
        expect(wilcoxonSignedRank(differences.map((d) => -d)).pValue).toBe(pValue);
        expect(wilcoxonSignedRank(differences.map((d) => d * 4)).pValue).toBe(pValue);
      }),
    );
  });
});
