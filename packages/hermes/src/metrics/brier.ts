import { type ClassificationRecord, type ClassNames, positiveIndex } from "./classification-record.js";

/**
 * Brier score of each image; their mean is the set's. Lower is better.
 * Two classes: (p - y)^2 of the positive class, from 0 to 1 (as scikit-learn). More: the sum over the classes,
 * from 0 to 2, Brier's own form (Monthly Weather Review 78, 1950).
 */
export function brierScores(records: readonly ClassificationRecord[], names: ClassNames): number[] {
  const positive = positiveIndex(names);
  return records.map(({ truth, classProbs }) => {
    const squares = classProbs.map((prob, k) => (prob - (k === truth ? 1 : 0)) ** 2);
    if (names.classes.length === 2) return squares[positive]!;
    return squares.reduce((sum, square) => sum + square, 0);
  });
}
