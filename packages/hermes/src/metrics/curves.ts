import { rankScores } from "./ranked-scores.js";

/** One threshold's place on the ROC curve: what happens when score >= threshold is called positive. */
export interface RocPoint {
  /** `null` at the start of the curve, where nothing is called positive. */
  readonly threshold: number | null;
  readonly sensitivity: number;
  readonly falsePositiveRate: number;
}

export interface PrecisionRecallPoint {
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
}

interface CalledAt {
  readonly threshold: number;
  readonly truePositives: number;
  readonly falsePositives: number;
}

/** @returns from (0, 0) to (1, 1), one point per different score; `null` where one kind is missing. */
export function rocCurve(scores: ArrayLike<number>, positive: ArrayLike<number>): RocPoint[] | null {
  const called = calledAtEachThreshold(scores, positive);
  const all = called.at(-1);
  if (all === undefined || all.truePositives === 0 || all.falsePositives === 0) return null;
  const start: RocPoint = { threshold: null, sensitivity: 0, falsePositiveRate: 0 };
  return [
    start,
    ...called.map(({ threshold, truePositives, falsePositives }) => ({
      threshold,
      sensitivity: truePositives / all.truePositives,
      falsePositiveRate: falsePositives / all.falsePositives,
    })),
  ];
}

/** @returns one point per different score, by rising recall; `null` where there is no positive image. */
export function precisionRecallCurve(
  scores: ArrayLike<number>,
  positive: ArrayLike<number>,
): PrecisionRecallPoint[] | null {
  const called = calledAtEachThreshold(scores, positive);
  const positives = called.at(-1)?.truePositives ?? 0;
  if (positives === 0) return null;
  return called.map(({ threshold, truePositives, falsePositives }) => ({
    threshold,
    precision: truePositives / (truePositives + falsePositives),
    recall: truePositives / positives,
  }));
}

function calledAtEachThreshold(scores: ArrayLike<number>, positive: ArrayLike<number>): CalledAt[] {
  const ranked = rankScores(scores, positive);
  const points: CalledAt[] = [];
  let truePositives = 0;
  for (let rank = 0; rank < ranked.order.length; rank++) {
    truePositives += ranked.positive[rank]!;
    if (ranked.endsTie[rank] === 0) continue;
    const threshold = ranked.scores[rank]!;
    points.push({ threshold, truePositives, falsePositives: rank + 1 - truePositives });
  }
  return points;
}
