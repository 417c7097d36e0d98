import { describe, expect, it } from "vitest";
import { key } from "../../random.js";
import { clustersOf } from "../../stats/clusters.js";
import { bootstrapPValue, pairedTPValue } from "./p-values.js";

describe("pairedTPValue", () => {
  it("is that of Student's t: t = 3 / (1 / sqrt 3) with 2 degrees of freedom", () => {
    // In closed form for 2 degrees: p = 1 - t / sqrt(2 + t^2).
    const t = 3 * Math.sqrt(3);
    expect(pairedTPValue([2, 3, 4])).toBeCloseTo(1 - t / Math.sqrt(2 + t * t), 10);
    expect(pairedTPValue([1])).toBeNull();
    expect(pairedTPValue([0, 0])).toBe(1);
  });
});

describe("bootstrapPValue", () => {
  const clusters = clustersOf(Array.from({ length: 30 }, () => null));
  const meanOf = (values: readonly number[]) => (weights: Float64Array) =>
    values.reduce((sum, value, i) => sum + value * weights[i]!, 0) / 30;

  it("is 1 for a difference that is always 0, and small for one that never is", () => {
    expect(bootstrapPValue(meanOf(Array(30).fill(0)), clusters, key(1))).toBe(1);
    expect(bootstrapPValue(meanOf(Array(30).fill(1)), clusters, key(1))).toBeLessThan(0.001);
    expect(bootstrapPValue(meanOf([1]), clustersOf([null]), key(1))).toBeNull();
  });

  it("is near that of the normal law where both hold", () => {
    // Mean 1/3 of -1 and 1, sd 0.943: z = 0.3333 / (0.943 / sqrt 30) = 1.94, p = 0.053.
    const values = Array.from({ length: 30 }, (_, i) => (i < 20 ? 1 : -1));
    const p = bootstrapPValue(meanOf(values), clusters, key(1))!;
    expect(p).toBeGreaterThan(0.03);
    expect(p).toBeLessThan(0.1);
  });
});
