import type { PixelRect } from "../data/prepared-image.js";
import { auroc } from "../metrics/auroc.js";
import { dice } from "../metrics/dice.js";
import { countOverlap } from "../metrics/overlap.js";
import { nativeProbs, thresholdMask } from "../predict/native-mask.js";
import type { NetworkPrediction } from "../predict/predictor.js";
import type { TrainingSettings } from "./settings.js";

/** One image of the validation part, ready for the network and for measuring at its own size. */
export interface ValidationImage {
  readonly id: string;
  /** Grey, S x S, 0 to 1. */
  readonly image: Float32Array;
  /** Where the picture lies in the square: all of it, unless bars were added. */
  readonly content: PixelRect;
  /** At the image's own size; `null` if no outline is known. */
  readonly truth: { readonly widthPx: number; readonly heightPx: number; readonly data: Uint8Array } | null;
  /** Index of the class; `null` if unknown. */
  readonly label: number | null;
}

export interface ValidationScores {
  /** Mean over images of lesion Dice at native size; `null` without outlines. */
  readonly dice: number | null;
  /** Of the last class against the rest; `null` unless both occur. */
  readonly auroc: number | null;
  readonly accuracy: number | null;
}

const MASK_THRESHOLD = 0.5;

export function scoreValidation(
  images: readonly ValidationImage[],
  predictions: readonly NetworkPrediction[],
  sidePx: number,
): ValidationScores {
  const dices = images.flatMap(({ truth, content }, i) => {
    if (truth === null) return [];
    const probs = nativeProbs(predictions[i]!.lesionProbs, sidePx, truth.widthPx, truth.heightPx, content);
    const prediction = { ...truth, data: thresholdMask(probs, MASK_THRESHOLD) };
    return [dice(countOverlap(truth, prediction))];
  });
  const known = images.flatMap(({ label }, i) =>
    label === null ? [] : [{ label, probs: predictions[i]!.classProbs }],
  );
  const positive = (known[0]?.probs.length ?? 0) - 1;
  const right = known.filter(({ label, probs }) => probs.indexOf(Math.max(...probs)) === label).length;
  return {
    dice: mean(dices),
    auroc: auroc(
      known.map(({ probs }) => probs[positive]!),
      known.map(({ label }) => (label === positive ? 1 : 0)),
    ),
    accuracy: known.length === 0 ? null : right / known.length,
  };
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * The number that chooses the best checkpoint; larger is better. A part that cannot be measured is left out of the mean.
 * @returns `null` where nothing chooses: for `last`, and where nothing can be measured
 */
export function selectionScore(
  scores: ValidationScores,
  criterion: TrainingSettings["criterion"],
): number | null {
  switch (criterion) {
    case "dice":
      return scores.dice;
    case "auroc":
      return scores.auroc;
    case "dice-and-auroc":
      return mean([scores.dice, scores.auroc].filter((value) => value !== null));
    case "last":
      return null;
    default:
      return criterion satisfies never;
  }
}
