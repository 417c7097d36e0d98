/**
 * Which images belong together. Images of one patient resemble each other, so resampling single images would
 * give intervals that are too narrow: whole clusters are drawn instead.
 */
export interface Clusters {
  readonly count: number;
  /** N cluster indices, 0 .. count - 1. */
  readonly clusterOf: Int32Array;
}

/** @param groups N patients or cases; an image with `null` stands alone. */
export function clustersOf(groups: readonly (string | null)[]): Clusters {
  const known = new Map<string, number>();
  let count = 0;
  const clusterOf = Int32Array.from(groups, (group) => {
    if (group === null) return count++;
    const cluster = known.get(group) ?? count++;
    known.set(group, cluster);
    return cluster;
  });
  return { count, clusterOf };
}

/** @returns the mean of each cluster's values, for tests that want independent numbers (Wilcoxon). */
export function clusterMeans(values: readonly number[], { count, clusterOf }: Clusters): number[] {
  const sums = new Float64Array(count);
  const sizes = new Float64Array(count);
  for (const [i, value] of values.entries()) {
    sums[clusterOf[i]!]! += value;
    sizes[clusterOf[i]!]! += 1;
  }
  return Array.from(sums, (sum, cluster) => sum / sizes[cluster]!);
}
