import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { UserError } from "../errors.js";
import type { ClassificationRecord } from "./classification-record.js";
import { precisionRecallCurve, rocCurve } from "./curves.js";
import { fitThreshold } from "./operating-point.js";
import {
  CLASSIFICATION_METRICS,
  classificationMetrics,
  summariseClassification,
} from "./summarise-classification.js";

interface Case {
  name: string;
  classes: string[];
  truth: number[];
  probs: number[][];
  metrics: Record<(typeof CLASSIFICATION_METRICS)[number], number>;
  confusion: number[][];
}
interface BinaryCase extends Case {
  roc: { fpr: number[]; tpr: number[]; thresholds: number[] };
  pr: { precision: number[]; recall: number[]; thresholds: number[] };
  sensitivityAtSpecificity: Record<string, number>;
}
const fixture: { binary: BinaryCase[]; multiclass: Case } = JSON.parse(
  readFileSync(new URL("../../../../fixtures/metrics/classification.json", import.meta.url), "utf8"),
);

function recordsOf({ truth, probs }: Case): ClassificationRecord[] {
  return truth.map((t, i) => ({ id: `image ${i}`, group: null, truth: t, classProbs: probs[i]! }));
}
function scoresOf({ truth, probs }: Case): { scores: number[]; positive: number[] } {
  return { scores: probs.map((row) => row[1]!), positive: truth };
}
const names = { classes: ["benign", "malignant"], positive: "malignant" };

describe("classification metrics against scikit-learn", () => {
  it.each([...fixture.binary, fixture.multiclass])("$name", (expected) => {
    const summary = summariseClassification(recordsOf(expected), {
      classes: expected.classes,
      positive: "malignant",
    });
    for (const name of CLASSIFICATION_METRICS) {
      expect(summary.metrics[name], name).toBeCloseTo(expected.metrics[name], 10);
    }
    expect(summary.confusion).toEqual(expected.confusion);
    expect(summary.binning).toEqual({ kind: "equal-width", bins: 15 });
  });

  it.each(fixture.binary)("$name: curves", (expected) => {
    const { scores, positive } = scoresOf(expected);
    const roc = rocCurve(scores, positive)!;
    expect(roc.map((point) => point.threshold)).toEqual([null, ...expected.roc.thresholds]);
    for (const [i, point] of roc.entries()) {
      expect(point.falsePositiveRate).toBeCloseTo(expected.roc.fpr[i]!, 12);
      expect(point.sensitivity).toBeCloseTo(expected.roc.tpr[i]!, 12);
    }
    // scikit-learn ends its curve where recall reaches 1; lower thresholds add nothing there.
    const pr = precisionRecallCurve(scores, positive)!;
    for (const [i, threshold] of expected.pr.thresholds.entries()) {
      expect(pr[i]!.threshold).toBe(threshold);
      expect(pr[i]!.precision).toBeCloseTo(expected.pr.precision[i]!, 12);
      expect(pr[i]!.recall).toBeCloseTo(expected.pr.recall[i]!, 12);
    }
  });

  it.each(fixture.binary)("$name: sensitivity at fixed specificity", (expected) => {
    for (const [target, sensitivity] of Object.entries(expected.sensitivityAtSpecificity)) {
      const fitted = fitThreshold(
        { split: "validation", ...scoresOf(expected) },
        { kind: "specificity", atLeast: Number(target) },
      );
      expect(fitted.validation.sensitivity).toBeCloseTo(sensitivity, 12);
      expect(fitted.validation.specificity).toBeGreaterThanOrEqual(Number(target) - 1e-12);
    }
  });
});

describe("summariseClassification", () => {
  const record = (id: string, truth: number, malignant: number): ClassificationRecord => ({
    id,
    group: "p",
    truth,
    classProbs: [1 - malignant, malignant],
  });

  it("speaks of the named positive class", () => {
    const records = [record("a", 1, 0.9), record("b", 1, 0.2), record("c", 0, 0.1), record("d", 0, 0.3)];
    const malignant = summariseClassification(records, names);
    const benign = summariseClassification(records, { ...names, positive: "benign" });
    expect(malignant.metrics).toMatchObject({ sensitivity: 0.5, specificity: 1, positivePredictiveValue: 1 });
    expect(benign.metrics).toMatchObject({ sensitivity: 1, specificity: 0.5, negativePredictiveValue: 1 });
    expect(malignant.metrics.auroc).toBe(0.75);
    expect(malignant).toMatchObject({ images: 4, groups: 1, imagesPerClass: [2, 2] });
    expect(malignant.ratesOf).toEqual({ kind: "positive", className: "malignant" });
  });

  it("says null, not 0, of what is not defined", () => {
    const { metrics } = summariseClassification([record("a", 1, 0.9)], names);
    expect(metrics).toMatchObject({
      accuracy: 1,
      balancedAccuracy: null,
      specificity: null,
      negativePredictiveValue: null,
      auroc: null,
      auprc: 1,
    });
    expect(Object.values(summariseClassification([], names).metrics)).toEqual(
      CLASSIFICATION_METRICS.map(() => null),
    );
  });

  it("refuses impossible probabilities and classes, several together", () => {
    const bad = [
      record("nan", 0, Number.NaN),
      record("two", 2, 0.5),
      { ...record("sum", 0, 0.5), classProbs: [0.7, 0.7] },
    ];
    expect(() => summariseClassification(bad, names)).toThrow(/of nan.*\n.*of two.*\n.*of sum/);
    expect(() => summariseClassification([], { ...names, positive: "cancer" })).toThrow(UserError);
    expect(() => summariseClassification([], { classes: ["one"], positive: "one" })).toThrow(UserError);
  });

  it("takes weights as counts", () => {
    const records = [record("a", 1, 0.9), record("b", 1, 0.2), record("c", 0, 0.4), record("d", 0, 0.3)];
    const repeated = [0, 0, 1, 2, 2, 3].map((i) => records[i]!);
    const weighted = classificationMetrics(records, names);
    const plain = classificationMetrics(repeated, names);
    for (const name of CLASSIFICATION_METRICS) {
      expect(weighted[name](Float64Array.of(2, 1, 2, 1)), name).toBeCloseTo(
        plain[name](new Float64Array(6).fill(1)),
        12,
      );
    }
  });
});
