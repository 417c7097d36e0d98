import { type ClassChoice, type ConfusionMatrix, rateOf, share } from "./confusion-matrix.js";

/** Harmonic mean of sensitivity and positive predictive value. `NaN` where the class is neither true nor called. */
export function f1(confusion: ConfusionMatrix, of: ClassChoice): number {
  return rateOf(confusion, of, ({ truePositives, falsePositives, falseNegatives }) =>
    share(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives),
  );
}
