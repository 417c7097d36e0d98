/** How often class t (row) was called class p (column); whole numbers, or sums of weights. */
export interface ConfusionMatrix {
  readonly classCount: number;
  /** K x K, row by row. */
  readonly counts: Float64Array;
}

/** Counts one-against-the-rest, for class k. */
export interface BinaryCounts {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
}

/** A rate of one class, or the unweighted mean of the rates of all classes. */
export type ClassChoice = number | "macro";

/**
 * @param truth N class indices.
 * @param predicted N class indices.
 * @param weights how often each image counts; once if left out.
 */
export function confusionMatrix(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classCount: number,
  weights?: Float64Array,
): ConfusionMatrix {
  const counts = new Float64Array(classCount * classCount);
  for (let i = 0; i < truth.length; i++) {
    counts[truth[i]! * classCount + predicted[i]!]! += weights === undefined ? 1 : weights[i]!;
  }
  return { classCount, counts };
}

export function binaryCounts({ classCount, counts }: ConfusionMatrix, positive: number): BinaryCounts {
  let truePositives = 0;
  let falsePositives = 0;
  let falseNegatives = 0;
  let trueNegatives = 0;
  for (let t = 0; t < classCount; t++) {
    for (let p = 0; p < classCount; p++) {
      const count = counts[t * classCount + p]!;
      if (t === positive) {
        if (p === positive) truePositives += count;
        else falseNegatives += count;
      } else if (p === positive) falsePositives += count;
      else trueNegatives += count;
    }
  }
  return { truePositives, falsePositives, falseNegatives, trueNegatives };
}

/** @returns `rate` of one class or its mean over classes; `NaN` where it is not defined for one of them. */
export function rateOf(
  confusion: ConfusionMatrix,
  of: ClassChoice,
  rate: (counts: BinaryCounts) => number,
): number {
  if (of !== "macro") return rate(binaryCounts(confusion, of));
  let sum = 0;
  for (let k = 0; k < confusion.classCount; k++) sum += rate(binaryCounts(confusion, k));
  return sum / confusion.classCount;
}

/** @returns `NaN` for 0 / 0: nothing to take a share of. */
export function share(part: number, whole: number): number {
  return whole === 0 ? Number.NaN : part / whole;
}
