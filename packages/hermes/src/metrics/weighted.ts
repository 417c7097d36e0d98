/**
 * A metric of a set of images as a function of how often each image counts (N weights >= 0, all 1 for the set
 * itself). A bootstrap resample is nothing but other weights, so one function serves the value and its interval.
 * The result is `NaN` where the metric is not defined.
 */
export type WeightedMetric = (weights: Float64Array) => number;

/** @returns the metric of the set itself, `null` where it is not defined. */
export function evaluateMetric(metric: WeightedMetric, images: number): number | null {
  const value = metric(new Float64Array(images).fill(1));
  return Number.isNaN(value) ? null : value;
}

/** Mean over the images that have a value; `null` has none and is left out. */
export function weightedMean(values: readonly (number | null)[]): WeightedMetric {
  return weightedRatio(
    values.map((value) => value ?? 0),
    values.map((value) => (value === null ? 0 : 1)),
  );
}

/** Sum of numerators over sum of denominators, as for rates over lesions rather than over images. */
export function weightedRatio(
  numerators: readonly number[],
  denominators: readonly number[],
): WeightedMetric {
  const tops = Float64Array.from(numerators);
  const bottoms = Float64Array.from(denominators);
  return (weights) => {
    let top = 0;
    let bottom = 0;
    for (let i = 0; i < weights.length; i++) {
      const weight = weights[i]!;
      top += weight * tops[i]!;
      bottom += weight * bottoms[i]!;
    }
    return bottom === 0 ? Number.NaN : top / bottom;
  };
}
