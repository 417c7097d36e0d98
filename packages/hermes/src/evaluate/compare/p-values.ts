import type { Key } from "../../random.js";
import type { Statistic } from "../../stats/bootstrap.js";
import type { Clusters } from "../../stats/clusters.js";
import { forEachResample } from "../../stats/resample.js";
import { seedSpread } from "../../stats/seed-spread.js";
import { studentTCdf } from "../../stats/student-t.js";

const RESAMPLES = 10_000;

/**
 * Two-sided p value of a difference by the clustered bootstrap: twice the share of resamples on the far side of 0,
 * the set itself counted as one of them (Davison & Hinkley 1997, section 4.2.3).
 * @returns `null` below two clusters, and where most resamples leave the difference undefined
 */
export function bootstrapPValue(difference: Statistic, clusters: Clusters, source: Key): number | null {
  if (clusters.count < 2) return null;
  let [below, above, defined] = [0, 0, 0];
  forEachResample(clusters, RESAMPLES, source, (weights) => {
    const value = difference(weights);
    if (Number.isNaN(value)) return;
    defined++;
    if (value <= 0) below++;
    if (value >= 0) above++;
  });
  if (defined < RESAMPLES / 2) return null;
  return Math.min(1, (2 * (Math.min(below, above) + 1)) / (defined + 1));
}

/** Two-sided p value of Student's t of paired differences. @returns `null` below two */
export function pairedTPValue(differences: readonly number[]): number | null {
  const { mean, sd, runs } = seedSpread(differences);
  if (mean === null || sd === null) return null;
  if (sd === 0) return mean === 0 ? 1 : 0;
  return 2 * studentTCdf(-Math.abs(mean / (sd / Math.sqrt(runs))), runs - 1);
}
