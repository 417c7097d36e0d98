import type { ConfusionMatrix } from "./confusion-matrix.js";
import { sensitivity } from "./sensitivity.js";

/**
 * Mean over the classes of the share of each that was called correctly.
 * Differs from scikit-learn: `NaN` where a class has no image, instead of a mean over fewer classes.
 */
export function balancedAccuracy(confusion: ConfusionMatrix): number {
  return sensitivity(confusion, "macro");
}
