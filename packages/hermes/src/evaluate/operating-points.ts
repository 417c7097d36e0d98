import { z } from "zod";
import {
  applyThreshold,
  type FittedThreshold,
  fitThreshold,
  type OperatingTarget,
} from "../metrics/operating-point.js";
import { weightedMean } from "../metrics/weighted.js";
import type { Key } from "../random.js";
import { bootstrap } from "../stats/bootstrap.js";
import { clustersOf } from "../stats/clusters.js";
import { estimateOf, estimateSchema } from "./estimate.js";
import type { ImageResult } from "./image-result.js";

const targetSchema = z.strictObject({
  kind: z.enum(["specificity", "sensitivity"]),
  atLeast: z.number(),
}) satisfies z.ZodType<OperatingTarget>;

const ratesSchema = z.strictObject({
  sensitivity: z.number().nullable(),
  specificity: z.number().nullable(),
  positives: z.number().int(),
  negatives: z.number().int(),
});

export const fittedThresholdSchema = z.strictObject({
  fittedOn: z.literal("validation"),
  target: targetSchema,
  threshold: z.number(),
  validation: ratesSchema,
}) satisfies z.ZodType<FittedThreshold>;

/** A threshold fitted on validation and what it does on the images of this evaluation. */
export const operatingPointSchema = z.strictObject({
  fitted: fittedThresholdSchema,
  sensitivity: estimateSchema,
  specificity: estimateSchema,
});
export type OperatingPointResult = z.output<typeof operatingPointSchema>;

/** What thresholds are fitted for. */
const TARGETS: readonly OperatingTarget[] = [
  { kind: "specificity", atLeast: 0.9 },
  { kind: "sensitivity", atLeast: 0.9 },
];

interface Scores {
  readonly scores: readonly number[];
  readonly positive: readonly number[];
}

/** Scores of the last class against the rest. */
function scoresOf(images: readonly ImageResult[], classes: readonly string[]): Scores {
  const known = images.filter(({ className }) => className !== null);
  return {
    scores: known.map(({ classProbs }) => classProbs.at(-1)!),
    positive: known.map(({ className }) => (className === classes.at(-1) ? 1 : 0)),
  };
}

/** @returns no thresholds where validation lacks one of the two kinds */
export function fitThresholds(
  validation: readonly ImageResult[],
  classes: readonly string[],
): FittedThreshold[] {
  const { scores, positive } = scoresOf(validation, classes);
  if (!positive.includes(0) || !positive.includes(1)) return [];
  return TARGETS.map((target) => fitThreshold({ split: "validation", scores, positive }, target));
}

export function applyThresholds(
  fitted: readonly FittedThreshold[],
  images: readonly ImageResult[],
  classes: readonly string[],
  source: Key,
): OperatingPointResult[] {
  const { scores, positive } = scoresOf(images, classes);
  const clusters = clustersOf(images.flatMap(({ className, group }) => (className === null ? [] : [group])));
  return fitted.map((threshold) => {
    const point = applyThreshold(threshold, { split: "test", scores, positive });
    const called = scores.map((score) => score >= threshold.threshold);
    const { sensitivity, specificity } = bootstrap(
      {
        sensitivity: weightedMean(called.map((yes, i) => (positive[i] === 1 ? Number(yes) : null))),
        specificity: weightedMean(called.map((yes, i) => (positive[i] === 0 ? Number(!yes) : null))),
      },
      clusters,
      source.fork("operating-point", threshold.target.kind),
    );
    return {
      fitted: threshold,
      sensitivity: { ...estimateOf(sensitivity), value: point.sensitivity, images: point.positives },
      specificity: { ...estimateOf(specificity), value: point.specificity, images: point.negatives },
    };
  });
}
