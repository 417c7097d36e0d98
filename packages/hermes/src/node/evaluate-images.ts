import { byCodeUnit } from "../data/order.js";
import type { DecodedImage, DecodedMask } from "../data/raster.js";
import type { Sample } from "../data/sample.js";
import type { ImageResult } from "../evaluate/image-result.js";
import { outlinePath } from "../evaluate/outline.js";
import { classUncertainty, maskUncertainty } from "../evaluate/uncertainty.js";
import type { BinaryMask, SpacingMm } from "../metrics/binary-mask.js";
import { measureSegmentation } from "../metrics/measure-segmentation.js";
import type { ImagePrediction, ImagePredictor } from "../predict/image-predictor.js";
import { thresholdMask } from "../predict/native-mask.js";
import type { Dataset } from "./dataset-folder.js";
import { decodeImage } from "./image-codec.js";
import { loadMask } from "./load-mask.js";
import { UserError } from "../errors.js";

/** One image measured, with the outlines that a report draws over it. */
export interface EvaluatedImage {
  readonly result: ImageResult;
  readonly sample: Sample;
  /** SVG path data in pixels of the image; `null` where no outline is known. */
  readonly truthPath: string | null;
  readonly predictionPath: string;
}

export interface EvaluateImagesRequest {
  readonly predictor: ImagePredictor;
  readonly dataset: Dataset;
  readonly samples: readonly Sample[];
  /** Class of the set to class of the model; others are taken by their name. */
  readonly classMap: ReadonlyMap<string, string>;
  /** `null`: not known. */
  readonly spacingMm: SpacingMm | null;
  /** Ids with burned-in calipers; `null` without an audit. */
  readonly calipers: ReadonlySet<string> | null;
  readonly signal: AbortSignal;
  onProgress?(done: number, total: number): void;
}

/** An image with its outline, read from its files. */
interface LoadedImage {
  readonly sample: Sample;
  readonly image: DecodedImage;
  readonly truth: DecodedMask | null;
}

/**
 * Predicts and measures images, in the order of their ids, whatever the order given. The next ones are read while
 * the network runs.
 * @throws UserError for files that cannot be read, and for a model that answers with something other than numbers
 */
export async function evaluateImages(request: EvaluateImagesRequest): Promise<EvaluatedImage[]> {
  const { predictor, dataset, signal } = request;
  const samples = [...request.samples].sort((a, b) => byCodeUnit(a.id, b.id));
  const load = (start: number) =>
    Promise.all(samples.slice(start, start + predictor.batch).map((sample) => loadImage(dataset, sample)));
  const evaluated: EvaluatedImage[] = [];
  let loading = load(0);
  for (let start = 0; start < samples.length; start += predictor.batch) {
    signal.throwIfAborted();
    const loaded = await loading;
    loading = load(start + predictor.batch);
    // A failure is met when it is awaited; until then it must not count as unhandled.
    loading.catch(() => undefined);
    const predictions = await predictor.predict(loaded.map(({ image }) => image));
    for (const [i, one] of loaded.entries()) evaluated.push(measure(one, predictions[i]!, request));
    request.onProgress?.(evaluated.length, samples.length);
  }
  return evaluated;
}

async function loadImage(dataset: Dataset, sample: Sample): Promise<LoadedImage> {
  const image = await decodeImage(dataset.pathOf(sample.image));
  const { widthPx, heightPx } = image;
  return { sample, image, truth: await loadMask(dataset, { ...sample, widthPx, heightPx }) };
}

function measure(
  { sample, image, truth }: LoadedImage,
  prediction: ImagePrediction,
  request: EvaluateImagesRequest,
): EvaluatedImage {
  const { predictor, classMap, spacingMm, calipers } = request;
  requireNumbers(sample.id, prediction);
  const { widthPx, heightPx } = image;
  const predicted: BinaryMask = {
    widthPx,
    heightPx,
    data: thresholdMask(prediction.lesionProbs, predictor.maskThreshold),
  };
  const { id, group } = sample;
  const className = sample.className === null ? null : (classMap.get(sample.className) ?? sample.className);
  return {
    sample,
    truthPath: truth === null ? null : outlinePath(truth),
    predictionPath: outlinePath(predicted),
    result: {
      id,
      group,
      sha256: sample.sha256,
      widthPx,
      heightPx,
      className: className !== null && predictor.classes.includes(className) ? className : null,
      classProbs: [...prediction.classProbs],
      segmentation:
        truth === null ? null : measureSegmentation({ id, group, truth, prediction: predicted, spacingMm }),
      classUncertainty: classUncertainty(prediction.classProbs),
      maskUncertainty: maskUncertainty(prediction.lesionProbs),
      attributes: {
        ...sample.attributes,
        ...(calipers === null ? {} : { calipers: calipers.has(id) ? "yes" : "no" }),
      },
    },
  };
}

function requireNumbers(id: string, { classProbs, lesionProbs }: ImagePrediction): void {
  if (classProbs.every(Number.isFinite) && lesionProbs.every(Number.isFinite)) return;
  throw UserError.of(
    `the model's answer for ${id}`,
    "something that is no number (NaN or infinite)",
    "probabilities",
    "train again with a lower learning rate; such weights cannot be used",
  );
}
