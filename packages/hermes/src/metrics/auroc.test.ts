import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { auprc, auprcMetric } from "./auprc.js";
import { auroc, aurocMetric } from "./auroc.js";
import { rankScores } from "./ranked-scores.js";

const {
  weighted,
}: {
  weighted: { truth: number[]; scores: number[]; weights: number[]; auroc: number; auprc: number }[];
} = JSON.parse(
  readFileSync(new URL("../../../../fixtures/metrics/classification.json", import.meta.url), "utf8"),
);

const images = fc.array(fc.record({ score: fc.integer({ min: 0, max: 12 }), positive: fc.nat(1) }), {
  minLength: 1,
  maxLength: 40,
});

describe("auroc", () => {
  it.each(weighted)("equals scikit-learn with sample weights", ({ truth, scores, weights, ...expected }) => {
    const ranked = rankScores(scores, truth);
    expect(aurocMetric(ranked)(Float64Array.from(weights))).toBeCloseTo(expected.auroc, 12);
    expect(auprcMetric(ranked)(Float64Array.from(weights))).toBeCloseTo(expected.auprc, 12);
  });

  it("is the share of pairs in the right order, ties one half", () => {
    fc.assert(
      fc.property(images, (set) => {
        const positives = set.filter(({ positive }) => positive === 1);
        const negatives = set.filter(({ positive }) => positive === 0);
        const wins = positives.flatMap((p) =>
          negatives.map((n) => (p.score > n.score ? 1 : p.score === n.score ? 0.5 : 0)),
        );
        const expected = wins.reduce<number>((sum, win) => sum + win, 0) / wins.length;
        const actual = auroc(
          set.map(({ score }) => score),
          set.map(({ positive }) => positive),
        );
        if (wins.length === 0) expect(actual).toBeNull();
        else expect(actual).toBeCloseTo(expected, 12);
      }),
    );
  });

  it("does not change with the order of the images or the scale of the scores", () => {
    fc.assert(
      fc.property(images, (set) => {
        const area = (list: typeof set, scale: (score: number) => number) =>
          [auroc, auprc].map((metric) =>
            metric(
              list.map(({ score }) => scale(score)),
              list.map(({ positive }) => positive),
            ),
          );
        expect(area(set.toReversed(), (score) => Math.exp(score / 3))).toEqual(area(set, (score) => score));
      }),
    );
  });
});

describe("auprc", () => {
  it("is undefined without positives and 1 for a perfect order", () => {
    expect(auprc([0.1, 0.2], [0, 0])).toBeNull();
    expect(auprc([0.1, 0.9, 0.8], [0, 1, 1])).toBe(1);
  });

  it("is the share of positives where all scores are equal", () => {
    expect(auprc([1, 1, 1, 1], [1, 0, 0, 0])).toBe(0.25);
  });
});
