import type { DecodedImage } from "../data/raster.js";

/** What a model says of one picture. */
export interface ImagePrediction {
  /** K, sum to 1. */
  readonly classProbs: readonly number[];
  /** H x W of the picture, probability of lesion. */
  readonly lesionProbs: Float32Array;
  /** What the classifier looked at, 0 to 1; `null` where the model has none. */
  readonly saliency: {
    readonly widthPx: number;
    readonly heightPx: number;
    readonly data: Float32Array;
  } | null;
}

/** A trained model that takes pictures as they are and answers at their size. */
export interface ImagePredictor extends AsyncDisposable {
  /** K names in the order of `classProbs`. */
  readonly classes: readonly string[];
  /** Lesion where the probability is above it. */
  readonly maskThreshold: number;
  /** How many pictures are best given at once. */
  readonly batch: number;
  predict(images: readonly DecodedImage[]): Promise<ImagePrediction[]>;
}
