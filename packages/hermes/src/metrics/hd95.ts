import { percentile } from "./percentile.js";
import { bothDirections, type SurfaceDistances } from "./surface-distances.js";

/**
 * 95th percentile of the Hausdorff distance: of the distances of both directions taken together, as in medpy
 * (and the SSL4MIS family that reports it).
 * Differs from MONAI and Metrics Reloaded, which take the larger of the two directions' percentiles.
 *
 * @returns in the unit of the distances; 0 where both masks are empty, `null` where only one is.
 */
export function hd95(distances: SurfaceDistances | null): number | null {
  if (distances === null) return null;
  const all = bothDirections(distances);
  return all.length === 0 ? 0 : percentile(all, 95);
}
