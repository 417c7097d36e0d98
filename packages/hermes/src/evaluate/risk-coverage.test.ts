import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { riskCoverage } from "./risk-coverage.js";

describe("risk against coverage", () => {
  it("is the mean risk of the images kept, ties together", () => {
    const images = [
      { uncertainty: 0.9, risk: 1 },
      { uncertainty: 0.1, risk: 0 },
      { uncertainty: 0.5, risk: 1 },
      { uncertainty: 0.5, risk: 0 },
    ];
    expect(riskCoverage(images)).toEqual([
      { coverage: 0.25, risk: 0 },
      { coverage: 0.75, risk: 1 / 3 },
      { coverage: 1, risk: 0.5 },
    ]);
    expect(riskCoverage([])).toEqual([]);
  });

  it("rises nowhere where uncertainty ranks images by risk, and ends at the mean whatever the order", () => {
    const risks = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(risks, (values) => {
        const ranked = riskCoverage(values.map((risk) => ({ uncertainty: risk, risk })));
        for (const [i, point] of ranked.entries()) {
          expect(point.risk).toBeGreaterThanOrEqual((ranked[i - 1]?.risk ?? 0) - 1e-12);
        }
        const reversed = riskCoverage(values.map((risk) => ({ uncertainty: 1 - risk, risk })));
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        expect(reversed.at(-1)!.coverage).toBe(1);
        expect(reversed.at(-1)!.risk).toBeCloseTo(mean, 12);
      }),
    );
  });
});
