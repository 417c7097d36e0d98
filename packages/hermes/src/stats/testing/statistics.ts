import type { Statistic } from "../bootstrap.js";

/** Mean of values, one per image. */
export function meanOf(values: readonly number[]): Statistic {
  return (weights) => {
    let sum = 0;
    let count = 0;
    for (let i = 0; i < weights.length; i++) {
      sum += weights[i]! * values[i]!;
      count += weights[i]!;
    }
    return count === 0 ? Number.NaN : sum / count;
  };
}
