import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { key } from "../../random.js";
import { fitLogistic, scoreOf } from "./logistic-regression.js";
import { type ProbedImage, probeShortcuts, rankedAuc } from "./shortcut-probe.js";

function images(count: number, brightnessGain: number): ProbedImage[] {
  const stream = key(1).stream();
  return Array.from({ length: count }, (_, i) => ({
    statistics: {
      widthPx: 100 + stream.integer(0, 50),
      heightPx: 120,
      meanGrey: 80 + 10 * stream.normal() + brightnessGain * (i % 2),
      deviationGrey: 40 + 5 * stream.normal(),
      marginShare: 0,
    },
    label: i % 2,
    unit: `u${i}`,
  }));
}

describe("probeShortcuts", () => {
  it("finds a class that is brighter, and says by what", () => {
    const probe = probeShortcuts(images(200, 20), "malignant")!;
    // A shift of two standard deviations: AUC = Phi(2 / sqrt 2) = 0.921.
    expect(probe.single.brightness!.auc).toBeGreaterThan(0.87);
    expect(probe.combined.low).toBeGreaterThan(0.8);
    expect(probe.single.contrast!.low).toBeLessThan(0.55);
  });

  it("stays at chance where there is none", () => {
    const { combined } = probeShortcuts(images(200, 0), "malignant")!;
    expect(combined.low).toBeLessThan(0.5);
    expect(combined.high).toBeLessThan(0.65);
  });

  it("keeps copies of one unit together: identical copies do not help", () => {
    const single = images(60, 0);
    const copied = single.flatMap((image) => [image, image, image, image]);
    expect(probeShortcuts(copied, "malignant")!.combined.auc).toBeLessThan(0.62);
  });

  it("says nothing about a handful", () => {
    expect(probeShortcuts(images(12, 20), "malignant")).toBeNull();
  });
});

describe("rankedAuc", () => {
  it("agrees with counting pairs", () => {
    const rows = fc.array(fc.tuple(fc.nat(5), fc.nat(1)), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(rows, (list) => {
        const positives = list.filter(([, label]) => label === 1);
        const negatives = list.filter(([, label]) => label === 0);
        fc.pre(positives.length > 0 && negatives.length > 0);
        let won = 0;
        for (const [p] of positives) for (const [n] of negatives) won += p > n ? 1 : p === n ? 0.5 : 0;
        const auc = rankedAuc(
          list.map(([score]) => score),
          list.map(([, label]) => label),
        );
        expect(auc).toBeCloseTo(won / (positives.length * negatives.length), 10);
      }),
    );
  });
});

describe("fitLogistic", () => {
  it("gives the log-odds of a two-group table without penalty", () => {
    // x = 0: 1 of 4 positive; x = 1: 3 of 4 positive. Log-odds -log 3 and log 3.
    const rows = [0, 0, 0, 0, 1, 1, 1, 1].map((x) => [x]);
    const weights = fitLogistic(rows, [1, 0, 0, 0, 1, 1, 1, 0], 0);
    expect(scoreOf(weights, [0])).toBeCloseTo(-Math.log(3), 5);
    expect(scoreOf(weights, [1])).toBeCloseTo(Math.log(3), 5);
  });

  it("stays finite for classes that can be told apart fully", () => {
    const weights = fitLogistic([[0], [1], [2], [3]], [0, 0, 1, 1], 1);
    expect(weights.every(Number.isFinite)).toBe(true);
    expect(scoreOf(weights, [3])).toBeGreaterThan(scoreOf(weights, [0]));
  });
});
