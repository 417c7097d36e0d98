import { type RankedScores, rankScores } from "./ranked-scores.js";
import { evaluateMetric, type WeightedMetric } from "./weighted.js";

/**
 * Area under the ROC curve: the chance that a positive image scores higher than a negative one, ties counting
 * one half. Hanley & McNeil, Radiology 143, 1982.
 * @returns `null` where one of the two kinds is missing.
 */
export function auroc(scores: ArrayLike<number>, positive: ArrayLike<number>): number | null {
  return evaluateMetric(aurocMetric(rankScores(scores, positive)), scores.length);
}

/** AUROC as a function of image weights; sorts nothing, so that 10,000 resamples are cheap. */
export function aurocMetric({ order, positive, endsTie }: RankedScores): WeightedMetric {
  return (weights) => {
    let positivesAbove = 0;
    let tiedPositives = 0;
    let tiedNegatives = 0;
    let negatives = 0;
    let won = 0;
    for (let rank = 0; rank < order.length; rank++) {
      const weight = weights[order[rank]!]!;
      if (positive[rank] === 1) tiedPositives += weight;
      else tiedNegatives += weight;
      if (endsTie[rank] === 0) continue;
      won += tiedNegatives * (positivesAbove + tiedPositives / 2);
      positivesAbove += tiedPositives;
      negatives += tiedNegatives;
      tiedPositives = 0;
      tiedNegatives = 0;
    }
    const pairs = positivesAbove * negatives;
    return pairs === 0 ? Number.NaN : won / pairs;
  };
}
