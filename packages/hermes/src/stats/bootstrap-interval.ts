import type { Interval } from "./interval.js";
import { normalCdf, normalQuantile } from "./normal.js";

/** Cuts the same share off both ends of the resampled values. Efron & Tibshirani 1993, chapter 13. */
export function percentileInterval(resampled: Float64Array, level: number): Interval {
  const sorted = resampled.slice().sort();
  const tail = (1 - level) / 2;
  return { low: quantile(sorted, tail), high: quantile(sorted, 1 - tail), level, method: "percentile" };
}

/**
 * Bias-corrected and accelerated interval: DiCiccio & Efron, "Bootstrap Confidence Intervals", Statistical
 * Science 11(3), 1996, Eq. 2.3 and 2.6 (as scipy.stats.bootstrap; values equal to the estimate count one half).
 *
 * @param resampled the statistic on each resample.
 * @param estimate the statistic of the set itself.
 * @param leftOut the statistic without each cluster in turn.
 * @returns the percentile interval, and says so, where the correction is not defined: the estimate lies
 *   outside all resampled values.
 */
export function bcaInterval(
  resampled: Float64Array,
  estimate: number,
  leftOut: Float64Array,
  level: number,
): Interval {
  const bias = normalQuantile(shareBelow(resampled, estimate));
  const acceleration = accelerationOf(leftOut);
  const tail = (1 - level) / 2;
  const adjusted = [tail, 1 - tail].map((probability) => {
    const shifted = bias + normalQuantile(probability);
    return normalCdf(bias + shifted / (1 - acceleration * shifted));
  });
  const [low, high] = adjusted as [number, number];
  if (!Number.isFinite(bias) || !(low < high)) return percentileInterval(resampled, level);
  const sorted = resampled.slice().sort();
  return { low: quantile(sorted, low), high: quantile(sorted, high), level, method: "bca" };
}

function shareBelow(values: Float64Array, limit: number): number {
  let below = 0;
  for (const value of values) {
    if (value < limit) below += 1;
    else if (value === limit) below += 0.5;
  }
  return below / values.length;
}

/** Skewness of the jackknife; 0 where all values are equal. */
function accelerationOf(leftOut: Float64Array): number {
  const mean = leftOut.reduce((sum, value) => sum + value, 0) / leftOut.length;
  let squares = 0;
  let cubes = 0;
  for (const value of leftOut) {
    const deviation = mean - value;
    squares += deviation ** 2;
    cubes += deviation ** 3;
  }
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
}

/** Linear interpolation between order statistics (NumPy's default). */
function quantile(sorted: Float64Array, probability: number): number {
  const position = probability * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (position - below) * (high - low);
}
