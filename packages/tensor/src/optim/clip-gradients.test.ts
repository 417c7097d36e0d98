import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { clipGradients, gradientNorm, NonFiniteGradientError } from "./clip-gradients.js";

interface Fixture {
  gradients: Record<string, number[]>[];
  clipping: { maxNorm: number; norm: number; clipped: Record<string, number[]> }[];
}

const fixture: Fixture = JSON.parse(
  readFileSync(new URL("../../../../fixtures/optim/optimisers.json", import.meta.url), "utf8"),
);
const mapOf = (numbers: Record<string, ArrayLike<number>>) =>
  new Map(Object.entries(numbers).map(([name, values]) => [name, Float32Array.from(values)]));

describe("clipGradients", () => {
  it.each(fixture.clipping)("scales as PyTorch does to $maxNorm", ({ maxNorm, norm, clipped }) => {
    const gradients = mapOf(fixture.gradients[0]!);
    expect(clipGradients(gradients, maxNorm)).toBeCloseTo(norm, 4);
    for (const [name, values] of Object.entries(clipped)) {
      values.forEach((value, i) => {
        expect(Math.abs(gradients.get(name)![i]! - value)).toBeLessThanOrEqual(1e-6 * Math.abs(value));
      });
    }
    expect(gradientNorm(gradients)).toBeCloseTo(Math.min(norm, maxNorm), 4);
  });

  it("changes nothing when a value is not finite", () => {
    const gradients = mapOf({ a: [300, 400], b: [Number.NaN] });
    expect(() => clipGradients(gradients, 1)).toThrow(NonFiniteGradientError);
    expect(gradients.get("a")).toEqual(Float32Array.of(300, 400));
    expect(() => clipGradients(mapOf({ a: [1] }), 0)).toThrow("got maxNorm 0");
  });
});

describe("gradientNorm", () => {
  it("is the length of all gradients together", () => {
    expect(gradientNorm(mapOf({ a: [2, 4], b: [4] }))).toBe(6);
    expect(gradientNorm(new Map())).toBe(0);
  });

  it("counts every element once, whatever the length", () => {
    for (const length of [1, 3, 255, 256, 257, 1022]) {
      const gradient = Float32Array.from({ length }, (_, i) => i + 1);
      // 1 + 4 + ... + n^2 = n (n + 1) (2n + 1) / 6
      const wanted = (length * (length + 1) * (2 * length + 1)) / 6;
      expect(gradientNorm(new Map([["a", gradient]])) ** 2).toBeCloseTo(wanted, 4);
    }
  });

  it("stays exact where float32 would overflow or lose small values", () => {
    const huge = 3e38;
    expect(gradientNorm(mapOf({ a: [huge, huge] })) / (Math.fround(huge) * Math.SQRT2)).toBeCloseTo(1, 12);
    const many = new Float32Array(1 << 20).fill(1e-4);
    many[0] = 1;
    const share = Math.fround(1e-4) ** 2;
    expect(gradientNorm(new Map([["a", many]]))).toBeCloseTo(Math.sqrt(1 + share * ((1 << 20) - 1)), 12);
  });

  it("names each parameter with values that are not finite", () => {
    const gradients = mapOf({
      stem: [0, Number.NaN, 1, Number.POSITIVE_INFINITY],
      fine: [1],
      head: [Number.NEGATIVE_INFINITY],
    });
    expect(() => gradientNorm(gradients)).toThrow(
      'gradients: got 2 non-finite in "stem" (first NaN at index 1); 1 non-finite in "head" (first -Infinity at index 0); wanted finite numbers; lower the learning rate',
    );
    try {
      gradientNorm(gradients);
      expect.unreachable();
    } catch (error) {
      expect((error as NonFiniteGradientError).gradients).toEqual([
        { name: "stem", count: 2, firstIndex: 1, firstValue: Number.NaN },
        { name: "head", count: 1, firstIndex: 0, firstValue: Number.NEGATIVE_INFINITY },
      ]);
    }
  });
});
