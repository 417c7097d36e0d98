import { type ClassChoice, type ConfusionMatrix, rateOf, share } from "./confusion-matrix.js";

/** Share of the images of the other classes that were not called so. `NaN` where there is none. */
export function specificity(confusion: ConfusionMatrix, of: ClassChoice): number {
  return rateOf(confusion, of, ({ trueNegatives, falsePositives }) =>
    share(trueNegatives, trueNegatives + falsePositives),
  );
}
