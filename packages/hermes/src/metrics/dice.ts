import { overlapRatio } from "./empty-policy.js";
import type { PixelOverlap } from "./overlap.js";

/**
 * Dice coefficient, 2 |A and B| / (|A| + |B|), from 0 to 1. Empty masks: see `EMPTY_POLICY`.
 * Dice, "Measures of the amount of ecologic association between species", Ecology 26, 1945.
 */
export function dice(overlap: PixelOverlap): number {
  const { bothPx, truthOnlyPx, predictionOnlyPx } = overlap;
  return overlapRatio(2 * bothPx, 2 * bothPx + truthOnlyPx + predictionOnlyPx, overlap);
}
