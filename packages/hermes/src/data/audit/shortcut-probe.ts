import { z } from "zod";
import { type Key, key } from "../../random.js";
import type { ImageStatistics } from "./image-checks.js";
import { fitLogistic, scoreOf } from "./logistic-regression.js";

const intervalSchema = z.strictObject({ auc: z.number(), low: z.number(), high: z.number() });

/** How well the class can be told without looking at the anatomy. */
export const shortcutProbeSchema = z.strictObject({
  images: z.number().int(),
  positiveClass: z.string(),
  /** All features together, out-of-fold; 95 % interval over patients. */
  combined: intervalSchema,
  /** Each feature by itself; below 0.5 was turned round. */
  single: z.record(z.string(), intervalSchema),
});
export type ShortcutProbe = z.output<typeof shortcutProbeSchema>;
type Interval = z.output<typeof intervalSchema>;

export interface ProbedImage {
  readonly statistics: ImageStatistics;
  /** 1 for the positive class, else 0. */
  readonly label: number;
  /** Patient or group of copies; images of one unit are never in training and validation at once. */
  readonly unit: string;
}

const FEATURES: Readonly<Record<string, (of: ImageStatistics) => number>> = {
  width: ({ widthPx }) => Math.log(widthPx),
  height: ({ heightPx }) => Math.log(heightPx),
  aspect: ({ widthPx, heightPx }) => Math.log(widthPx / heightPx),
  brightness: ({ meanGrey }) => meanGrey,
  contrast: ({ deviationGrey }) => deviationGrey,
  margin: ({ marginShare }) => marginShare,
};
const FOLDS = 5;
const PENALTY = 1;
const RESAMPLES = 500;
const FEWEST_PER_CLASS = 10;

/** @returns `null` where a class has too few images */
export function probeShortcuts(images: readonly ProbedImage[], positiveClass: string): ShortcutProbe | null {
  const positives = images.filter(({ label }) => label === 1).length;
  if (Math.min(positives, images.length - positives) < FEWEST_PER_CLASS) return null;
  const rows = standardise(
    images.map(({ statistics }) => Object.values(FEATURES).map((of) => of(statistics))),
  );
  const labels = images.map(({ label }) => label);
  const units = unitsOf(images);
  const root = key("shortcut-probe");
  const scores = outOfFoldScores(rows, labels, units, root.fork("folds"));
  const single = Object.keys(FEATURES).map((name, at) => {
    const values = rows.map((row) => row[at]!);
    const sign = rankedAuc(values, labels) < 0.5 ? -1 : 1;
    return [
      name,
      bootstrapAuc(
        values.map((value) => sign * value),
        labels,
        units,
        root.fork(name),
      ),
    ] as const;
  });
  return {
    images: images.length,
    positiveClass,
    combined: bootstrapAuc(scores, labels, units, root.fork("combined")),
    single: Object.fromEntries(single),
  };
}

/** @returns positions of the images of each unit, in the order of first appearance */
function unitsOf(images: readonly ProbedImage[]): number[][] {
  const units = new Map<string, number[]>();
  images.forEach(({ unit }, at) => {
    units.set(unit, [...(units.get(unit) ?? []), at]);
  });
  return [...units.values()];
}

function standardise(rows: readonly (readonly number[])[]): number[][] {
  const width = rows[0]?.length ?? 0;
  const scales = Array.from({ length: width }, (_, at) => {
    const mean = rows.reduce((sum, row) => sum + row[at]!, 0) / rows.length;
    const variance = rows.reduce((sum, row) => sum + (row[at]! - mean) ** 2, 0) / rows.length;
    return { mean, deviation: Math.sqrt(variance) };
  });
  return rows.map((row) =>
    row.map((value, at) => {
      const { mean, deviation } = scales[at]!;
      return deviation < 1e-9 ? 0 : (value - mean) / deviation;
    }),
  );
}

function outOfFoldScores(
  rows: readonly number[][],
  labels: readonly number[],
  units: readonly number[][],
  source: Key,
): number[] {
  const scores = new Array<number>(rows.length).fill(0);
  const shuffled = source.stream().shuffle(units);
  for (let fold = 0; fold < FOLDS; fold++) {
    const held = new Set(shuffled.filter((_, at) => at % FOLDS === fold).flat());
    const kept = rows.map((_, at) => at).filter((at) => !held.has(at));
    const weights = fitLogistic(
      kept.map((at) => rows[at]!),
      kept.map((at) => labels[at]!),
      PENALTY,
    );
    for (const at of held) scores[at] = scoreOf(weights, rows[at]!);
  }
  return scores;
}

/** AUC with a 95 % percentile interval from resampling whole units (Efron & Tibshirani, 1993, chapter 13). */
function bootstrapAuc(
  scores: readonly number[],
  labels: readonly number[],
  units: readonly number[][],
  source: Key,
): Interval {
  const stream = source.stream();
  const resampled: number[] = [];
  for (let round = 0; round < RESAMPLES; round++) {
    const chosen: number[] = [];
    for (let i = 0; i < units.length; i++) chosen.push(...stream.choose(units));
    const auc = rankedAuc(
      chosen.map((at) => scores[at]!),
      chosen.map((at) => labels[at]!),
    );
    if (!Number.isNaN(auc)) resampled.push(auc);
  }
  resampled.sort((a, b) => a - b);
  const at = (share: number): number => resampled[Math.floor(share * (resampled.length - 1))] ?? 0.5;
  return { auc: rankedAuc(scores, labels), low: at(0.025), high: at(0.975) };
}

/** Mann & Whitney's statistic, ties counting one half; NaN if a class is missing. */
export function rankedAuc(scores: readonly number[], labels: readonly number[]): number {
  const order = scores.map((_, at) => at).sort((a, b) => scores[a]! - scores[b]!);
  let rankSum = 0;
  let positives = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && scores[order[end]!] === scores[order[start]!]) end++;
    for (let i = start; i < end; i++) {
      if (labels[order[i]!] !== 1) continue;
      rankSum += (start + end + 1) / 2;
      positives++;
    }
    start = end;
  }
  const negatives = order.length - positives;
  return positives * negatives === 0
    ? Number.NaN
    : (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
