import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emaUpdate, warmedUpDecay } from "./ema.js";

describe("emaUpdate", () => {
  it("keeps the given share", () => {
    const average = new Map([["w", Float32Array.of(1, -2)]]);
    emaUpdate(
      average,
      new Map([
        ["w", Float32Array.of(3, 2)],
        ["other", Float32Array.of(9)],
      ]),
      0.75,
    );
    expect(average.get("w")).toEqual(Float32Array.of(1.5, -1));
  });

  it("has the closed form decay^n a + (1 - decay^n) s for a constant source", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 40 }), (decay, n) => {
        const average = new Map([["w", Float32Array.of(5)]]);
        for (let i = 0; i < n; i++) emaUpdate(average, new Map([["w", Float32Array.of(-3)]]), decay);
        expect(Math.abs(average.get("w")![0]! - (-3 + 8 * decay ** n))).toBeLessThan(1e-5);
      }),
    );
  });

  it("reaches every element, whatever the length", () => {
    for (const length of [0, 1, 3, 255, 256, 257, 1022]) {
      const target = Float32Array.from({ length }, (_, i) => i);
      emaUpdate(
        new Map([["w", target]]),
        new Map([["w", Float32Array.from({ length }, (_, i) => -i)]]),
        0.75,
      );
      expect(target).toEqual(Float32Array.from({ length }, (_, i) => i / 2));
    }
  });

  it("copies with decay 0 and holds with decay 1", () => {
    const source = new Map([["w", Float32Array.of(0.1)]]);
    const average = new Map([["w", Float32Array.of(7)]]);
    emaUpdate(average, source, 1);
    expect(average.get("w")![0]).toBe(7);
    emaUpdate(average, source, 0);
    expect(average.get("w")).toEqual(source.get("w"));
  });

  it("refuses what does not fit before anything changes", () => {
    const average = new Map([
      ["a", Float32Array.of(1)],
      ["b", Float32Array.of(1)],
    ]);
    expect(() => emaUpdate(average, new Map([["a", Float32Array.of(2)]]), 0.5)).toThrow(
      'emaUpdate: source of "b": got none; wanted 1 numbers',
    );
    expect(average.get("a")![0]).toBe(1);
    expect(() => emaUpdate(average, average, 1.1)).toThrow("decay: got 1.1");
    expect(() => emaUpdate(average, average, Number.NaN)).toThrow("decay: got NaN");
  });
});

describe("warmedUpDecay", () => {
  it("starts with a copy and rises to the maximum", () => {
    expect([0, 1, 3, 98, 99, 100, 5000].map((step) => warmedUpDecay(step, 0.99))).toEqual([
      0,
      0.5,
      0.75,
      1 - 1 / 99,
      0.99,
      0.99,
      0.99,
    ]);
  });
});
