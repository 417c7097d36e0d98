/**
 * Percentile with linear interpolation between order statistics (NumPy's default, Hyndman & Fan type 7).
 * @param values at least one, in any order.
 * @param percent from 0 to 100.
 */
export function percentile(values: Float64Array, percent: number): number {
  const sorted = values.slice().sort();
  const position = (percent / 100) * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (position - below) * (high - low);
}
