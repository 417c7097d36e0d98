import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DecodedImage } from "../data/raster.js";
import type { ImagePrediction, ImagePredictor } from "../predict/image-predictor.js";
import type { Dataset } from "./dataset-folder.js";
import { evaluateImages } from "./evaluate-images.js";
import { makeSmallDataset } from "./testing/small-dataset.js";

let dataset: Dataset;
beforeAll(async () => {
  dataset = await makeSmallDataset(4);
});
afterAll(() => rm(dataset.root, { recursive: true }));

/** Answers by what `answer` makes of the default: lesion everywhere, and 0.7 for the second class. */
function predictor(answer: (prediction: ImagePrediction) => ImagePrediction): ImagePredictor {
  const predict = async (images: readonly DecodedImage[]) =>
    images.map(({ widthPx, heightPx }) =>
      answer({
        classProbs: [0.3, 0.7],
        lesionProbs: new Float32Array(widthPx * heightPx).fill(1),
        saliency: null,
      }),
    );
  return {
    classes: ["benign", "malignant"],
    batch: 3,
    maskThreshold: 0.5,
    predict,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function evaluate(answer: (prediction: ImagePrediction) => ImagePrediction) {
  return evaluateImages({
    predictor: predictor(answer),
    dataset,
    samples: [...dataset.manifest.samples].reverse(),
    classMap: new Map(),
    spacingMm: null,
    calipers: null,
    signal: new AbortController().signal,
  });
}

describe("evaluateImages", () => {
  it("measures every image against its own outline, in the order of the ids", async () => {
    const found = await evaluate((prediction) => prediction);
    expect(found.map(({ result }) => result.id)).toEqual(dataset.manifest.samples.map(({ id }) => id).sort());
    const withOutline = found.filter(({ sample }) => sample.masks !== null);
    expect(withOutline).toHaveLength(3);
    for (const { result } of found) {
      const { widthPx, heightPx, segmentation } = result;
      expect(segmentation === null).toBe(!withOutline.some((image) => image.result === result));
      if (segmentation === null) continue;
      const [area, truth] = [widthPx * heightPx, segmentation.truthAreaPx];
      expect(truth).toBeGreaterThan(0);
      expect(segmentation.predictedAreaPx).toBe(area);
      expect(segmentation.dice).toBeCloseTo((2 * truth) / (truth + area), 12);
    }
  });

  it.each<[string, (prediction: ImagePrediction) => ImagePrediction]>([
    ["class probability", (prediction) => ({ ...prediction, classProbs: [Number.NaN, 0.5] })],
    [
      "pixel",
      (prediction) => ({
        ...prediction,
        lesionProbs: prediction.lesionProbs.map((p, i) => (i === 9 ? Infinity : p)),
      }),
    ],
  ])("refuses a %s that is no number, naming the image", async (_, answer) => {
    const [first] = dataset.manifest.samples.map(({ id }) => id).sort();
    await expect(evaluate(answer)).rejects.toThrow(new RegExp(`answer for ${first}.*no number`));
  });
});
