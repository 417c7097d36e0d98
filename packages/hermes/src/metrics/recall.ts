import { overlapRatio } from "./empty-policy.js";
import type { PixelOverlap } from "./overlap.js";

/** Share of the lesion's pixels that were found, from 0 to 1. Empty masks: see `EMPTY_POLICY`. */
export function recall(overlap: PixelOverlap): number {
  const { bothPx, truthOnlyPx } = overlap;
  return overlapRatio(bothPx, bothPx + truthOnlyPx, overlap);
}
