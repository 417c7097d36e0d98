import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { normalCdf, normalQuantile } from "./normal.js";
import { studentTCdf, studentTQuantile } from "./student-t.js";

const {
  distributions,
}: {
  distributions: {
    normalCdf: [number, number][];
    normalQuantile: [number, number][];
    studentTCdf: [number, number, number][];
    studentTQuantile: [number, number, number][];
  };
} = JSON.parse(readFileSync(new URL("../../../../fixtures/stats/stats.json", import.meta.url), "utf8"));

/** Far in the tails only relative error says anything. */
function expectRelative(actual: number, expected: number, tolerance: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance * Math.abs(expected));
}

describe("distributions against SciPy", () => {
  it.each(distributions.normalCdf)("normal cdf at %d", (z, expected) => {
    expectRelative(normalCdf(z), expected, 1e-12);
  });
  it.each(distributions.normalQuantile)("normal quantile at %d", (probability, expected) => {
    expectRelative(normalQuantile(probability), expected, 1e-13);
  });
  it.each(distributions.studentTCdf)("t cdf at %d, %d degrees", (t, degrees, expected) => {
    expectRelative(studentTCdf(t, degrees), expected, 1e-10);
  });
  it.each(distributions.studentTQuantile)(
    "t quantile at %d, %d degrees",
    (probability, degrees, expected) => {
      expectRelative(studentTQuantile(probability, degrees), expected, 1e-10);
    },
  );

  it("the ends are infinite, and beyond them there is nothing", () => {
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([
      Number.NEGATIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ]);
    expect([normalQuantile(-0.1), normalQuantile(1.1)]).toEqual([Number.NaN, Number.NaN]);
    expect(studentTQuantile(0.5, 3)).toBe(0);
    expect(studentTQuantile(0.1, 3)).toBe(-studentTQuantile(0.9, 3));
  });
});
