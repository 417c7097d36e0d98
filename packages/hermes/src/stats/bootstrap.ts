import type { Key } from "../random.js";
import { bcaInterval, percentileInterval } from "./bootstrap-interval.js";
import type { Clusters } from "./clusters.js";
import type { Interval } from "./interval.js";
import { forEachLeftOut, forEachResample } from "./resample.js";

/** A number computed from images that count `weights[i]` times each (N weights); `NaN` where undefined. */
export type Statistic = (weights: Float64Array) => number;

export interface BootstrapOptions {
  /** 10,000 unless said otherwise. */
  readonly resamples?: number;
  /** 0.95 unless said otherwise. */
  readonly level?: number;
  /** `bca` unless said otherwise. */
  readonly method?: "percentile" | "bca";
}

/** A value with its sampling error: how far it would move with other patients and the same model. */
export interface SamplingEstimate {
  readonly kind: "sampling";
  /** `null` where the statistic is not defined for the set. */
  readonly value: number | null;
  /** `null` below two clusters, or where more than half of the resamples leave the statistic undefined. */
  readonly interval: Interval | null;
  readonly images: number;
  readonly clusters: number;
  readonly resamples: number;
  /** Resamples left out, such as an AUROC of a resample of one class. */
  readonly undefinedResamples: number;
}

const DEFAULTS = { resamples: 10_000, level: 0.95, method: "bca" } as const;
const MIN_DEFINED_SHARE = 0.5;

/**
 * Bootstrap intervals of several statistics of the same images, from the same resamples of whole clusters.
 * Davison & Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8 (strategy 1).
 *
 * @param source decides all draws; the same key gives the same intervals.
 */
export function bootstrap<Name extends string>(
  statistics: Readonly<Record<Name, Statistic>>,
  clusters: Clusters,
  source: Key,
  options: BootstrapOptions = {},
): Record<Name, SamplingEstimate> {
  const settings = { ...DEFAULTS, ...options };
  const images = clusters.clusterOf.length;
  const ones = new Float64Array(images).fill(1);
  const rows = Object.entries<Statistic>(statistics).map(([name, statistic]) => ({
    name,
    statistic,
    estimate: statistic(ones),
    resampled: new Float64Array(settings.resamples),
    leftOut: new Float64Array(clusters.count),
  }));
  const active = clusters.count < 2 ? [] : rows.filter((row) => !Number.isNaN(row.estimate));
  if (active.length > 0) {
    forEachResample(clusters, settings.resamples, source, (weights, resample) => {
      for (const row of active) row.resampled[resample] = row.statistic(weights);
    });
  }
  if (active.length > 0 && settings.method === "bca") {
    forEachLeftOut(clusters, (weights, leftOut) => {
      for (const row of active) row.leftOut[leftOut] = row.statistic(weights);
    });
  }
  const estimates = rows.map((row): [string, SamplingEstimate] => {
    const defined = active.includes(row) ? row.resampled.filter((value) => !Number.isNaN(value)) : null;
    const enough = defined !== null && defined.length >= MIN_DEFINED_SHARE * settings.resamples;
    return [
      row.name,
      {
        kind: "sampling",
        value: Number.isNaN(row.estimate) ? null : row.estimate,
        interval: enough && defined.length > 0 ? intervalOf(defined, row, settings) : null,
        images,
        clusters: clusters.count,
        resamples: settings.resamples,
        undefinedResamples: defined === null ? 0 : settings.resamples - defined.length,
      },
    ];
  });
  return Object.fromEntries(estimates) as Record<Name, SamplingEstimate>;
}

function intervalOf(
  defined: Float64Array,
  { estimate, leftOut }: { readonly estimate: number; readonly leftOut: Float64Array },
  { level, method }: { readonly level: number; readonly method: "percentile" | "bca" },
): Interval {
  if (method === "percentile") return percentileInterval(defined, level);
  const definedLeftOut = leftOut.filter((value) => !Number.isNaN(value));
  return bcaInterval(defined, estimate, definedLeftOut, level);
}
