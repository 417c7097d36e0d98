import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../errors.js";
import { applyThreshold, fitThreshold, type ScoresOf } from "./operating-point.js";

const validation: ScoresOf<"validation"> = {
  split: "validation",
  scores: [0.1, 0.2, 0.3, 0.4, 0.6, 0.35, 0.7, 0.8, 0.9],
  positive: [0, 0, 0, 0, 0, 1, 1, 1, 1],
};
const test: ScoresOf<"test"> = {
  split: "test",
  scores: [0.2, 0.5, 0.66, 0.7, 0.3],
  positive: [0, 0, 0, 1, 1],
};

describe("fitThreshold", () => {
  it("gives up least sensitivity for the specificity wanted, half way between scores", () => {
    const fitted = fitThreshold(validation, { kind: "specificity", atLeast: 0.8 });
    // Above 0.4 and up to 0.6 specificity is 0.8 with sensitivity 3/4, but 0.7 keeps 3/4 with specificity 1.
    expect(fitted.threshold).toBeCloseTo(0.65, 12);
    expect(fitted.validation).toEqual({ sensitivity: 0.75, specificity: 1, positives: 4, negatives: 5 });
  });

  it("works for a wanted sensitivity", () => {
    const fitted = fitThreshold(validation, { kind: "sensitivity", atLeast: 0.95 });
    expect(fitted.threshold).toBeCloseTo(0.325, 12);
    expect(fitted.validation).toMatchObject({ sensitivity: 1, specificity: 0.6 });
  });

  it("calls nothing positive where only that is specific enough", () => {
    const worst: ScoresOf<"validation"> = { split: "validation", scores: [1, 0.5], positive: [0, 1] };
    const fitted = fitThreshold(worst, { kind: "specificity", atLeast: 1 });
    expect(fitted.validation).toMatchObject({ sensitivity: 0, specificity: 1 });
    expect(fitted.threshold).toBeGreaterThan(1);
  });

  it("meets its target on validation, and no other threshold does so with more of the other rate", () => {
    const scored = fc.array(fc.record({ score: fc.integer({ min: 0, max: 9 }), positive: fc.nat(1) }), {
      minLength: 2,
      maxLength: 30,
    });
    fc.assert(
      fc.property(scored, fc.constantFrom(0.5, 0.8, 0.9, 1), (set, atLeast) => {
        const split: ScoresOf<"validation"> = {
          split: "validation",
          scores: set.map(({ score }) => score / 10),
          positive: set.map(({ positive }) => positive),
        };
        fc.pre(new Set(split.positive).size === 2);
        const { validation: reached } = fitThreshold(split, { kind: "specificity", atLeast });
        expect(reached.specificity!).toBeGreaterThanOrEqual(atLeast - 1e-9);
        for (let threshold = -0.05; threshold < 1.1; threshold += 0.1) {
          const other = applyThreshold(
            {
              fittedOn: "validation",
              target: { kind: "specificity", atLeast },
              threshold,
              validation: reached,
            },
            { ...split, split: "test" },
          );
          if (other.specificity! >= atLeast)
            expect(reached.sensitivity!).toBeGreaterThanOrEqual(other.sensitivity!);
        }
      }),
    );
  });

  it("refuses validation images of one kind and impossible targets", () => {
    const oneKind: ScoresOf<"validation"> = { split: "validation", scores: [0.2, 0.4], positive: [0, 0] };
    expect(() => fitThreshold(oneKind, { kind: "specificity", atLeast: 0.9 })).toThrow(UserError);
    expect(() => fitThreshold(validation, { kind: "specificity", atLeast: 90 })).toThrow(/at most 1/);
  });
});

describe("applyThreshold", () => {
  it("counts on the test set with the threshold of validation", () => {
    const fitted = fitThreshold(validation, { kind: "specificity", atLeast: 0.8 });
    expect(applyThreshold(fitted, test)).toEqual({
      sensitivity: 0.5,
      specificity: 2 / 3,
      positives: 2,
      negatives: 3,
    });
    expect(applyThreshold(fitted, { split: "test", scores: [0.9], positive: [1] }).specificity).toBeNull();
  });
});
