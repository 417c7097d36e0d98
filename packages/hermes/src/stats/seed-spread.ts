/**
 * How far a metric moves when training is repeated with other seeds on the same images. It says nothing about
 * other patients: that is the sampling error (`SamplingEstimate`), and the two are never added up.
 */
export interface SeedSpread {
  readonly kind: "seeds";
  /** `null` without runs. */
  readonly mean: number | null;
  /** Sample standard deviation (n - 1); `null` below two runs. */
  readonly sd: number | null;
  readonly runs: number;
}

/** @param values one per training run. */
export function seedSpread(values: readonly number[]): SeedSpread {
  const runs = values.length;
  if (runs === 0) return { kind: "seeds", mean: null, sd: null, runs };
  const mean = values.reduce((sum, value) => sum + value, 0) / runs;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { kind: "seeds", mean, sd: runs < 2 ? null : Math.sqrt(squares / (runs - 1)), runs };
}
