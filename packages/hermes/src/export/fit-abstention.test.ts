import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitAbstention } from "./fit-abstention.js";
import type { ValidatedImage } from "./validated-image.js";

function image(classConfidence: number, maskConfidence: number, right: 0 | 1, dice: number): ValidatedImage {
  const [wrongClass, rightClass] = [1 - classConfidence, classConfidence];
  return {
    id: "x",
    group: null,
    label: right === 1 ? 1 : 0,
    classProbs: [wrongClass, rightClass],
    dice,
    classConfidence,
    maskConfidence,
  };
}

describe("fitting the thresholds of abstaining", () => {
  it("cuts off the least certain, by hand", () => {
    const images = [
      image(0.6, 0.9, 0, 0.9),
      image(0.7, 0.2, 1, 0.1),
      image(0.8, 0.8, 1, 0.8),
      image(0.9, 0.7, 1, 0.7),
    ];
    const fitted = fitAbstention(images, 0.5)!;
    expect(fitted.classConfidence).toBeCloseTo(0.65, 12);
    expect(fitted.maskConfidence).toBeCloseTo(0.45, 12);
    expect(fitted.kept).toEqual({ coverage: 0.5, errorRate: 0, dice: 0.75 });
    expect(fitted.curve[0]).toEqual({ coverage: 1, errorRate: 0.25, dice: 0.625 });
  });

  it("keeps all at coverage 1, and has nothing to say of no images", () => {
    const fitted = fitAbstention([image(0.6, 0.5, 1, 1), image(0.9, 0.1, 1, 1)], 1)!;
    expect([fitted.classConfidence, fitted.maskConfidence, fitted.kept.coverage]).toEqual([0, 0, 1]);
    expect(fitAbstention([], 0.9)).toBeNull();
  });

  it("never keeps less than asked for", () => {
    const unit = fc.double({ min: 0.5, max: 1, noNaN: true });
    const images = fc.array(fc.tuple(unit, unit), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(images, fc.double({ min: 0.1, max: 1, noNaN: true }), (pairs, coverage) => {
        const fitted = fitAbstention(
          pairs.map(([a, b]) => image(a, b, 1, 1)),
          coverage,
        )!;
        expect(fitted.kept.coverage).toBeGreaterThanOrEqual(coverage);
        expect(fitted.curve.every((point) => point.coverage <= 1)).toBe(true);
      }),
    );
  });
});
