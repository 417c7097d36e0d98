import { accuracy } from "./accuracy.js";
import { aurocMetric } from "./auroc.js";
import { auprcMetric } from "./auprc.js";
import { balancedAccuracy } from "./balanced-accuracy.js";
import { brierScores } from "./brier.js";
import { type Binning, calibrationErrorMetric, DEFAULT_BINNING } from "./calibration.js";
import {
  type ClassificationRecord,
  type ClassNames,
  positiveIndex,
  predictedClass,
  requireValidRecords,
} from "./classification-record.js";
import { type ClassChoice, type ConfusionMatrix, confusionMatrix } from "./confusion-matrix.js";
import { f1 } from "./f1.js";
import { negativePredictiveValue, positivePredictiveValue } from "./predictive-values.js";
import { rankScores } from "./ranked-scores.js";
import { sensitivity } from "./sensitivity.js";
import { specificity } from "./specificity.js";
import { evaluateMetric, type WeightedMetric, weightedMean } from "./weighted.js";

export const CLASSIFICATION_METRICS = [
  "accuracy",
  "balancedAccuracy",
  "sensitivity",
  "specificity",
  "positivePredictiveValue",
  "negativePredictiveValue",
  "f1",
  "auroc",
  "auprc",
  "brier",
  "calibrationError",
] as const;
export type ClassificationMetric = (typeof CLASSIFICATION_METRICS)[number];

/**
 * Every classification metric as a function of image weights, for values, intervals and paired differences.
 * With two classes they speak of the positive class; with more they are means over the classes, each against
 * the rest. The class called is the one with the highest probability.
 */
export function classificationMetrics(
  records: readonly ClassificationRecord[],
  names: ClassNames,
  binning: Binning = DEFAULT_BINNING,
): Record<ClassificationMetric, WeightedMetric> {
  requireValidRecords(records, names);
  const classCount = names.classes.length;
  const of: ClassChoice = classCount === 2 ? positiveIndex(names) : "macro";
  const truth = Int32Array.from(records, (record) => record.truth);
  const predicted = Int32Array.from(records, predictedClass);
  const correct = records.map((record, i) => (record.truth === predicted[i] ? 1 : 0));
  const confidence = records.map((record) => Math.max(...record.classProbs));
  const onConfusion =
    (rate: (confusion: ConfusionMatrix) => number): WeightedMetric =>
    (weights) =>
      rate(confusionMatrix(truth, predicted, classCount, weights));
  return {
    accuracy: onConfusion(accuracy),
    balancedAccuracy: onConfusion(balancedAccuracy),
    sensitivity: onConfusion((confusion) => sensitivity(confusion, of)),
    specificity: onConfusion((confusion) => specificity(confusion, of)),
    positivePredictiveValue: onConfusion((confusion) => positivePredictiveValue(confusion, of)),
    negativePredictiveValue: onConfusion((confusion) => negativePredictiveValue(confusion, of)),
    f1: onConfusion((confusion) => f1(confusion, of)),
    auroc: rankedMetric(records, classCount, of, aurocMetric),
    auprc: rankedMetric(records, classCount, of, auprcMetric),
    brier: weightedMean(brierScores(records, names)),
    calibrationError: calibrationErrorMetric(confidence, correct, binning),
  };
}

export interface ClassificationSummary {
  readonly images: number;
  /** Distinct known patients or cases; images without one stand alone and are not counted here. */
  readonly groups: number;
  readonly classes: readonly string[];
  /** The class the rates speak of, or `macro`: their unweighted mean over the classes. */
  readonly ratesOf: { readonly kind: "positive"; readonly className: string } | { readonly kind: "macro" };
  readonly imagesPerClass: readonly number[];
  /** K x K: rows are true classes, columns the called ones. */
  readonly confusion: readonly (readonly number[])[];
  /** `null` where the metric is not defined for these images. */
  readonly metrics: Readonly<Record<ClassificationMetric, number | null>>;
  /** What lies behind the calibration error: of the called class, in these bins. */
  readonly binning: Binning;
}

export function summariseClassification(
  records: readonly ClassificationRecord[],
  names: ClassNames,
  binning: Binning = DEFAULT_BINNING,
): ClassificationSummary {
  const metrics = classificationMetrics(records, names, binning);
  const { classes, positive } = names;
  const { counts } = confusionMatrix(
    records.map((record) => record.truth),
    records.map(predictedClass),
    classes.length,
  );
  const confusion = classes.map((_, t) => [...counts.subarray(t * classes.length, (t + 1) * classes.length)]);
  return {
    images: records.length,
    groups: new Set(records.flatMap((record) => record.group ?? [])).size,
    classes,
    ratesOf: classes.length === 2 ? { kind: "positive", className: positive } : { kind: "macro" },
    imagesPerClass: confusion.map((row) => row.reduce((sum, count) => sum + count, 0)),
    confusion,
    metrics: Object.fromEntries(
      CLASSIFICATION_METRICS.map((name) => [name, evaluateMetric(metrics[name], records.length)]),
    ) as Record<ClassificationMetric, number | null>,
    binning,
  };
}

/** One class against the rest, or the mean of that over all classes. */
function rankedMetric(
  records: readonly ClassificationRecord[],
  classCount: number,
  of: ClassChoice,
  metricOf: (ranked: ReturnType<typeof rankScores>) => WeightedMetric,
): WeightedMetric {
  const chosen = of === "macro" ? Array.from({ length: classCount }, (_, k) => k) : [of];
  const perClass = chosen.map((k) =>
    metricOf(
      rankScores(
        records.map((record) => record.classProbs[k]!),
        records.map((record) => (record.truth === k ? 1 : 0)),
      ),
    ),
  );
  return (weights) => perClass.reduce((sum, metric) => sum + metric(weights), 0) / perClass.length;
}
