import { overlapRatio } from "./empty-policy.js";
import type { PixelOverlap } from "./overlap.js";

/** Share of the predicted pixels that are lesion, from 0 to 1. Empty masks: see `EMPTY_POLICY`. */
export function precision(overlap: PixelOverlap): number {
  const { bothPx, predictionOnlyPx } = overlap;
  return overlapRatio(bothPx, bothPx + predictionOnlyPx, overlap);
}
