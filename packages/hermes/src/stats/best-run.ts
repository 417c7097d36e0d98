import type { Verdict } from "./interval.js";

/** One comparison of a table: runs by name, verdict of the difference a - b. */
export interface Comparison {
  readonly a: string;
  readonly b: string;
  readonly verdict: Verdict;
}

/**
 * The run that a table may print as the best: the one whose difference to every other run is decided in its
 * favour. Where an interval holds 0, or a comparison is missing, there is no best run.
 * @returns its name, or `null`.
 */
export function bestRun(runs: readonly string[], comparisons: readonly Comparison[]): string | null {
  if (runs.length < 2) return null;
  const beats = (winner: string, loser: string): boolean =>
    comparisons.some(
      ({ a, b, verdict }) =>
        (a === winner && b === loser && verdict === "a-better") ||
        (b === winner && a === loser && verdict === "b-better"),
    );
  return runs.find((run) => runs.every((other) => other === run || beats(run, other))) ?? null;
}
