import type { Key } from "../random.js";
import type { Clusters } from "./clusters.js";

/**
 * Draws clusters with replacement and hands over how often each image counts.
 * @param visit gets the same N weights each time, overwritten: read them, do not keep them.
 */
export function forEachResample(
  { count, clusterOf }: Clusters,
  resamples: number,
  source: Key,
  visit: (weights: Float64Array, resample: number) => void,
): void {
  const stream = source.stream();
  const drawn = new Float64Array(count);
  const weights = new Float64Array(clusterOf.length);
  for (let resample = 0; resample < resamples; resample++) {
    drawn.fill(0);
    for (let draw = 0; draw < count; draw++) drawn[Math.floor(stream.uniform() * count)]! += 1;
    for (let i = 0; i < weights.length; i++) weights[i] = drawn[clusterOf[i]!]!;
    visit(weights, resample);
  }
}

/** Leaves out one cluster after another (the jackknife); weights as in `forEachResample`. */
export function forEachLeftOut(
  { count, clusterOf }: Clusters,
  visit: (weights: Float64Array, leftOut: number) => void,
): void {
  const weights = new Float64Array(clusterOf.length);
  for (let leftOut = 0; leftOut < count; leftOut++) {
    for (let i = 0; i < weights.length; i++) weights[i] = clusterOf[i] === leftOut ? 0 : 1;
    visit(weights, leftOut);
  }
}
