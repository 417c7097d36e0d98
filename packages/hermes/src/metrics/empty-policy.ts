import type { PixelOverlap } from "./overlap.js";

/** Which of the two masks holds no lesion pixel. */
export const EMPTY_CASES = ["neither-empty", "both-empty", "truth-empty", "prediction-empty"] as const;
export type EmptyCase = (typeof EMPTY_CASES)[number];

/**
 * What a metric says where a mask is empty. Overlap scores (Dice, IoU, precision, recall, normalised surface
 * distance) are 1 where both are empty and 0 where one is. Distances (HD95, ASSD) are 0 where both are empty;
 * where one is, there is no distance: they are undefined, left out of the mean, and counted.
 */
export const EMPTY_POLICY = {
  overlap: { bothEmpty: 1, oneSidedEmpty: 0 },
  distance: { bothEmpty: 0, oneSidedEmpty: "undefined" },
} as const;

export function emptyCaseOf({ bothPx, truthOnlyPx, predictionOnlyPx }: PixelOverlap): EmptyCase {
  const truthEmpty = bothPx + truthOnlyPx === 0;
  const predictionEmpty = bothPx + predictionOnlyPx === 0;
  if (truthEmpty) return predictionEmpty ? "both-empty" : "truth-empty";
  return predictionEmpty ? "prediction-empty" : "neither-empty";
}

/** @returns `part / whole`, or what the policy for overlap scores says where a mask is empty. */
export function overlapRatio(part: number, whole: number, overlap: PixelOverlap): number {
  const emptyCase = emptyCaseOf(overlap);
  if (emptyCase === "neither-empty") return part / whole;
  return emptyCase === "both-empty" ? EMPTY_POLICY.overlap.bothEmpty : EMPTY_POLICY.overlap.oneSidedEmpty;
}
