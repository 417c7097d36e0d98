import { type ClassChoice, type ConfusionMatrix, rateOf, share } from "./confusion-matrix.js";

/** Recall: share of the images of the class that were called so. `NaN` where there is none. */
export function sensitivity(confusion: ConfusionMatrix, of: ClassChoice): number {
  return rateOf(confusion, of, ({ truePositives, falseNegatives }) =>
    share(truePositives, truePositives + falseNegatives),
  );
}
