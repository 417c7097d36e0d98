import { type ClassChoice, type ConfusionMatrix, rateOf, share } from "./confusion-matrix.js";

/**
 * Positive predictive value: share of the images called so that are. `NaN` where none was called so.
 * It depends on how common the class is in the set.
 */
export function positivePredictiveValue(confusion: ConfusionMatrix, of: ClassChoice): number {
  return rateOf(confusion, of, ({ truePositives, falsePositives }) =>
    share(truePositives, truePositives + falsePositives),
  );
}

/** Negative predictive value: share of the images not called so that are not. */
export function negativePredictiveValue(confusion: ConfusionMatrix, of: ClassChoice): number {
  return rateOf(confusion, of, ({ trueNegatives, falseNegatives }) =>
    share(trueNegatives, trueNegatives + falseNegatives),
  );
}
