import { type RankedScores, rankScores } from "./ranked-scores.js";
import { evaluateMetric, type WeightedMetric } from "./weighted.js";

/**
 * Area under the precision-recall curve as average precision: precision at each threshold, weighted by the
 * recall gained there, without interpolation (as scikit-learn's `average_precision_score`). Its chance level is
 * the share of positives, not one half.
 * @returns `null` where there is no positive image.
 */
export function auprc(scores: ArrayLike<number>, positive: ArrayLike<number>): number | null {
  return evaluateMetric(auprcMetric(rankScores(scores, positive)), scores.length);
}

/** Average precision as a function of image weights. */
export function auprcMetric({ order, positive, endsTie }: RankedScores): WeightedMetric {
  return (weights) => {
    let called = 0;
    let found = 0;
    let foundBefore = 0;
    let area = 0;
    for (let rank = 0; rank < order.length; rank++) {
      const weight = weights[order[rank]!]!;
      called += weight;
      if (positive[rank] === 1) found += weight;
      if (endsTie[rank] === 0 || found === foundBefore) continue;
      area += (found - foundBefore) * (found / called);
      foundBefore = found;
    }
    return found === 0 ? Number.NaN : area / found;
  };
}
