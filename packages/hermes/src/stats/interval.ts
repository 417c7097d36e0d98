/** An interval and how it was made. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  /** Confidence level, 0.95. */
  readonly level: number;
  readonly method: "percentile" | "bca" | "t";
}

/** What an interval says of a difference a - b. */
export type Verdict = "a-better" | "b-better" | "undecided";

/** Whether large values of a metric are good: of Dice they are, of HD95 and the Brier score not. */
export type Direction = "higher-is-better" | "lower-is-better";

/** No interval, or one that holds 0, decides nothing. Tables may mark a best run on a decided verdict only. */
export function verdictOf(difference: Interval | null, direction: Direction): Verdict {
  if (difference === null || (difference.low <= 0 && difference.high >= 0)) return "undecided";
  const aIsHigher = difference.low > 0;
  return aIsHigher === (direction === "higher-is-better") ? "a-better" : "b-better";
}
