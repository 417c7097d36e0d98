import { UserError } from "../errors.js";
import { type RocPoint, rocCurve } from "./curves.js";

/**
 * Scores of the positive class with the split that they come from. The split is part of the type: a threshold
 * can only be fitted on `ScoresOf<"validation">`, so that fitting on the test set does not compile.
 */
export interface ScoresOf<Split extends "validation" | "test"> {
  readonly split: Split;
  /** N probabilities of the positive class. */
  readonly scores: readonly number[];
  /** N, other than 0 where the image is positive. */
  readonly positive: readonly number[];
}

/** What the threshold was chosen for. */
export interface OperatingTarget {
  readonly kind: "specificity" | "sensitivity";
  /** At least this much on validation, above 0 and at most 1. */
  readonly atLeast: number;
}

/** A threshold chosen on validation images: score >= threshold is called positive. */
export interface FittedThreshold {
  readonly fittedOn: "validation";
  readonly target: OperatingTarget;
  readonly threshold: number;
  readonly validation: OperatingPoint;
}

/** What a threshold does on a set; a rate is `null` where the set holds no such image. */
export interface OperatingPoint {
  readonly sensitivity: number | null;
  readonly specificity: number | null;
  readonly positives: number;
  readonly negatives: number;
}

/** Distance of a threshold from the scores where there is no neighbour to go half way to. */
const BEYOND_LAST_SCORE = 1e-6;
/** Rates are ratios of counts: 1 - 3/30 must meet a target of 0.9. */
const RATE_ROUNDING = 1e-12;

/**
 * Chooses the threshold that meets the target on validation and gives up least of the other rate. It lies half
 * way to the next score, so that rounding to float32 in a model file moves no validation image across.
 */
export function fitThreshold(validation: ScoresOf<"validation">, target: OperatingTarget): FittedThreshold {
  if (!(target.atLeast > 0 && target.atLeast <= 1)) {
    throw UserError.of(
      `fitting a threshold for ${target.kind}`,
      `a target of ${target.atLeast}`,
      "a number above 0 and at most 1",
      "give a share such as 0.9",
    );
  }
  const curve = rocCurve(validation.scores, validation.positive);
  if (curve === null) {
    throw UserError.of(
      `fitting a threshold for ${target.kind} >= ${target.atLeast}`,
      "validation images of one kind only",
      "images of the positive class and of others",
      "make a validation split that holds both",
    );
  }
  const threshold = thresholdAt(curve, chooseOnCurve(curve, target));
  return { fittedOn: "validation", target, threshold, validation: operatingPoint(validation, threshold) };
}

/** What a threshold that was fitted on validation does on the test images. */
export function applyThreshold(fitted: FittedThreshold, test: ScoresOf<"test">): OperatingPoint {
  return operatingPoint(test, fitted.threshold);
}

/** The curve runs from the highest threshold down: specificity falls along it, sensitivity rises. */
function chooseOnCurve(curve: readonly RocPoint[], { kind, atLeast }: OperatingTarget): number {
  const enough = atLeast - RATE_ROUNDING;
  if (kind === "sensitivity") return curve.findIndex((point) => point.sensitivity >= enough);
  const last = curve.findLastIndex((point) => 1 - point.falsePositiveRate >= enough);
  return curve.findIndex((point) => point.sensitivity === curve[last]!.sensitivity);
}

function thresholdAt(curve: readonly RocPoint[], chosen: number): number {
  const lowestCalled = curve[chosen]!.threshold;
  const highestLeft = curve[chosen + 1]?.threshold ?? null;
  if (lowestCalled === null) return highestLeft! + BEYOND_LAST_SCORE;
  if (highestLeft === null) return lowestCalled - BEYOND_LAST_SCORE;
  return (lowestCalled + highestLeft) / 2;
}

function operatingPoint(
  { scores, positive }: ScoresOf<"validation"> | ScoresOf<"test">,
  threshold: number,
): OperatingPoint {
  let positives = 0;
  let found = 0;
  let cleared = 0;
  for (const [i, score] of scores.entries()) {
    const called = score >= threshold;
    if (positive[i]) {
      positives++;
      if (called) found++;
    } else if (!called) cleared++;
  }
  const negatives = scores.length - positives;
  return {
    sensitivity: positives === 0 ? null : found / positives,
    specificity: negatives === 0 ? null : cleared / negatives,
    positives,
    negatives,
  };
}
