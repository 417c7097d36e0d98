import { overlapRatio } from "./empty-policy.js";
import type { PixelOverlap } from "./overlap.js";

/** Intersection over union (Jaccard index), from 0 to 1. Empty masks: see `EMPTY_POLICY`. */
export function iou(overlap: PixelOverlap): number {
  const { bothPx, truthOnlyPx, predictionOnlyPx } = overlap;
  return overlapRatio(bothPx, bothPx + truthOnlyPx + predictionOnlyPx, overlap);
}
