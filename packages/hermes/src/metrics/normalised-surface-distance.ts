import type { SpacingMm } from "./binary-mask.js";
import { EMPTY_POLICY } from "./empty-policy.js";
import type { SurfaceDistances } from "./surface-distances.js";

/** How far two outlines may lie apart and still agree, and in which unit that was said. */
export interface SurfaceTolerance {
  readonly value: number;
  readonly unit: "mm" | "px";
}

export interface NormalisedSurfaceDistance {
  /** Share of the two boundaries that agrees, from 0 to 1. */
  readonly score: number;
  /** What was allowed: in mm where the image's spacing is known, otherwise in px. */
  readonly tolerance: SurfaceTolerance;
}

/** One tolerance for images whose pixel size is known, one for the others. */
export interface SurfaceTolerances {
  readonly mm: number;
  readonly px: number;
}

/** About the difference between two readers' outlines of a breast lesion; 5 px where no scale is known. */
export const DEFAULT_TOLERANCES: SurfaceTolerances = { mm: 1, px: 5 };

/** @returns the tolerance in mm where the pixel size is known, otherwise the one in px. */
export function toleranceFor(
  spacingMm: SpacingMm | null,
  tolerances: SurfaceTolerances = DEFAULT_TOLERANCES,
): SurfaceTolerance {
  return spacingMm === null ? { value: tolerances.px, unit: "px" } : { value: tolerances.mm, unit: "mm" };
}

/**
 * Normalised surface distance (surface Dice): the share of both boundaries that lies within a tolerance of
 * the other. Nikolov et al., "Clinically Applicable Segmentation of Head and Neck Anatomy", JMIR 23(7), 2021.
 * Differs from their code: boundaries are counted in pixels, not measured as lengths.
 * Empty masks follow the policy of overlap scores: 1 where both are empty, 0 where one is.
 *
 * @param distances in the unit of the tolerance.
 */
export function normalisedSurfaceDistance(
  distances: SurfaceDistances | null,
  tolerance: SurfaceTolerance,
): NormalisedSurfaceDistance {
  if (distances === null) return { score: EMPTY_POLICY.overlap.oneSidedEmpty, tolerance };
  const { fromTruth, fromPrediction } = distances;
  const boundaryPx = fromTruth.length + fromPrediction.length;
  if (boundaryPx === 0) return { score: EMPTY_POLICY.overlap.bothEmpty, tolerance };
  const agreeingPx = countWithin(fromTruth, tolerance.value) + countWithin(fromPrediction, tolerance.value);
  return { score: agreeingPx / boundaryPx, tolerance };
}

function countWithin(distances: Float64Array, limit: number): number {
  let count = 0;
  for (const distance of distances) if (distance <= limit) count++;
  return count;
}
