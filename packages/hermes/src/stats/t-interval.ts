import type { Interval } from "./interval.js";
import { seedSpread } from "./seed-spread.js";
import { studentTQuantile } from "./student-t.js";

/** Interval of a mean by Student's t over independent values. @returns `null` below two values. */
export function tInterval(values: readonly number[], level = 0.95): Interval | null {
  const { mean, sd, runs } = seedSpread(values);
  if (mean === null || sd === null) return null;
  const half = (studentTQuantile((1 + level) / 2, runs - 1) * sd) / Math.sqrt(runs);
  return { low: mean - half, high: mean + half, level, method: "t" };
}
