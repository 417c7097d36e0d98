import { type BinaryMask, requireSameGrid } from "./binary-mask.js";

/** How many pixels two masks share. Dice, IoU, precision and recall are all ratios of these. */
export interface PixelOverlap {
  /** True positives: lesion in the truth and in the prediction. */
  readonly bothPx: number;
  /** False negatives. */
  readonly truthOnlyPx: number;
  /** False positives. */
  readonly predictionOnlyPx: number;
}

/** Compares two masks pixel by pixel. */
export function countOverlap(truth: BinaryMask, prediction: BinaryMask): PixelOverlap {
  requireSameGrid("comparing masks", truth, prediction);
  let bothPx = 0;
  let truthOnlyPx = 0;
  let predictionOnlyPx = 0;
  for (let i = 0; i < truth.data.length; i++) {
    const inPrediction = prediction.data[i] !== 0;
    if (truth.data[i] !== 0) {
      if (inPrediction) bothPx++;
      else truthOnlyPx++;
    } else if (inPrediction) predictionOnlyPx++;
  }
  return { bothPx, truthOnlyPx, predictionOnlyPx };
}
