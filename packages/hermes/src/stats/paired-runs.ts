import type { Key } from "../random.js";
import type { BootstrapOptions, Statistic } from "./bootstrap.js";
import type { Clusters } from "./clusters.js";
import { type Direction, type Interval, type Verdict, verdictOf } from "./interval.js";
import { type PairedDifference, pairedDifference } from "./paired.js";
import { type SeedSpread, seedSpread } from "./seed-spread.js";
import { tInterval } from "./t-interval.js";

/** Two methods trained on the same split with the same seed and evaluated on the same images. */
export interface RunPair {
  readonly split: string;
  readonly seed: number | string;
  readonly clusters: Clusters;
  readonly a: Statistic;
  readonly b: Statistic;
}

/**
 * Two methods over several (split, seed) pairs. The two sources of error stay apart: each pair has its own
 * sampling interval (other patients, same training), `overPairs` says how the difference varies over trainings.
 */
export interface PairedRunsReport {
  readonly direction: Direction;
  readonly pairs: readonly (PairedDifference & { readonly split: string; readonly seed: number | string })[];
  /** Over the pairs where both are defined. */
  readonly a: SeedSpread;
  readonly b: SeedSpread;
  readonly overPairs: PairedRunsDifference;
}

export interface PairedRunsDifference {
  /** Mean and sd of the per-pair differences a - b. */
  readonly spread: SeedSpread;
  /**
   * Student's t over pairs, `null` below two. Pairs that share images are not quite independent, so it speaks
   * of repeating the training on these data, not of other patients.
   */
  readonly interval: Interval | null;
  readonly verdict: Verdict;
  readonly undefinedPairs: number;
}

/** @param source each pair draws from its own fork, named by split and seed, whatever the order. */
export function comparePairedRuns(
  runPairs: readonly RunPair[],
  direction: Direction,
  source: Key,
  options: BootstrapOptions = {},
): PairedRunsReport {
  const pairs = runPairs.map(({ split, seed, clusters, a, b }) => ({
    split,
    seed,
    ...pairedDifference(a, b, clusters, direction, source.fork("paired-runs", split, seed), options),
  }));
  const defined = pairs.flatMap(({ a, b }) =>
    a.value === null || b.value === null ? [] : [{ a: a.value, b: b.value }],
  );
  const differences = defined.map(({ a, b }) => a - b);
  const interval = tInterval(differences, options.level);
  return {
    direction,
    pairs,
    a: seedSpread(defined.map(({ a }) => a)),
    b: seedSpread(defined.map(({ b }) => b)),
    overPairs: {
      spread: seedSpread(differences),
      interval,
      verdict: verdictOf(interval, direction),
      undefinedPairs: pairs.length - defined.length,
    },
  };
}
