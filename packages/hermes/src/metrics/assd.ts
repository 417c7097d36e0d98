import { bothDirections, type SurfaceDistances } from "./surface-distances.js";

/**
 * Average symmetric surface distance: the mean over the boundary pixels of both masks.
 * Heimann et al., "Comparison and Evaluation of Methods for Liver Segmentation", IEEE TMI 28(8), 2009, section III-C.
 * Differs from medpy, which averages the means of the two directions.
 *
 * @returns in the unit of the distances; 0 where both masks are empty, `null` where only one is.
 */
export function assd(distances: SurfaceDistances | null): number | null {
  if (distances === null) return null;
  const all = bothDirections(distances);
  return all.length === 0 ? 0 : all.reduce((sum, distance) => sum + distance, 0) / all.length;
}
