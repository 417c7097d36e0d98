import type { Abstention, SelectivePoint } from "../predict/model-card.js";
import { classVerdict, type ValidatedImage } from "./validated-image.js";

/** Shares of images that each of the two confidences alone would cut off, for the curve. */
const CURVE_CUTS = [0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5];

/**
 * Chooses the two thresholds of a model that may abstain: selective prediction, El-Yaniv & Wiener, JMLR 11, 2010. Both
 * cut off the same share of validation images, the largest that still keeps `coverage` of them together.
 *
 * @param coverage share of validation images to keep, above 0 and at most 1
 */
export function fitAbstention(images: readonly ValidatedImage[], coverage: number): Abstention | null {
  if (images.length === 0) return null;
  const cuts = sortedConfidences(images);
  let chosen = thresholdsAt(cuts, 0);
  for (let cut = 1; cut < images.length; cut++) {
    const next = thresholdsAt(cuts, cut);
    if (keptBy(images, next).length < coverage * images.length) break;
    chosen = next;
  }
  const curve = CURVE_CUTS.map((share) =>
    pointOf(images, keptBy(images, thresholdsAt(cuts, Math.floor(share * images.length)))),
  );
  return {
    ...chosen,
    fittedOn: "validation",
    images: images.length,
    kept: pointOf(images, keptBy(images, chosen)),
    curve,
  };
}

interface ConfidencePair {
  readonly classConfidence: number;
  readonly maskConfidence: number;
}

interface SortedConfidences {
  readonly ofClass: readonly number[];
  readonly ofMask: readonly number[];
}

function sortedConfidences(images: readonly ValidatedImage[]): SortedConfidences {
  const ascending = (values: number[]) => values.sort((a, b) => a - b);
  return {
    ofClass: ascending(images.map(({ classConfidence }) => classConfidence)),
    ofMask: ascending(images.map(({ maskConfidence }) => maskConfidence)),
  };
}

/** Half way between neighbours, so that rounding in another runtime moves no validation image across. */
function thresholdsAt({ ofClass, ofMask }: SortedConfidences, cut: number): ConfidencePair {
  const between = (values: readonly number[]) => (cut === 0 ? 0 : (values[cut - 1]! + values[cut]!) / 2);
  return { classConfidence: between(ofClass), maskConfidence: between(ofMask) };
}

function keptBy(images: readonly ValidatedImage[], limits: ConfidencePair): ValidatedImage[] {
  return images.filter(
    ({ classConfidence, maskConfidence }) =>
      classConfidence >= limits.classConfidence && maskConfidence >= limits.maskConfidence,
  );
}

function pointOf(all: readonly ValidatedImage[], kept: readonly ValidatedImage[]): SelectivePoint {
  const verdicts = kept.map(classVerdict).filter((verdict) => verdict !== null);
  const dices = kept.map(({ dice }) => dice).filter((dice) => dice !== null);
  return {
    coverage: kept.length / all.length,
    errorRate: mean(verdicts.map((verdict) => (verdict === "wrong" ? 1 : 0))),
    dice: mean(dices),
  };
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
