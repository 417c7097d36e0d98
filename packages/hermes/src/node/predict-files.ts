import sharp from "sharp";
import { UserError } from "../errors.js";
import type { SpacingMm } from "../metrics/binary-mask.js";
import type { Model } from "../predict/model.js";
import { drawOutline } from "../predict/outline.js";
import { type FoundImage, findImages } from "./find-images.js";
import { type DecodedImage, decodeImage } from "./image-codec.js";
import { orderedConcurrent } from "./ordered-concurrent.js";
import { PredictionFolder, predictionFiles } from "./prediction-folder.js";
import { type PredictionRecord, predictionRecord } from "./prediction-record.js";

export interface PredictFilesRequest {
  readonly model: Model;
  /** Image files and folders of them. */
  readonly places: readonly string[];
  readonly out: string;
  /** Size of a pixel; `null`: measures in pixels alone. */
  readonly spacingMm: SpacingMm | null;
  readonly overlays: "yes" | "no";
  readonly signal: AbortSignal;
  onProgress(progress: PredictProgress): void;
}

export interface PredictProgress {
  readonly predicted: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface FailedImage {
  readonly image: string;
  readonly reason: string;
}

export interface PredictFilesResult extends PredictProgress {
  /** Predicted now, and left to a person: the model abstains, or outlines nothing. */
  readonly forReview: number;
  /** Predicted now, with nothing outlined. */
  readonly withoutOutline: number;
  readonly failures: readonly FailedImage[];
  readonly end: "finished" | "interrupted";
}

/** At level 6 writing an overlay took longer than the light model's prediction. */
const QUICK_COMPRESSION = 1;

/** Images under way: while the model runs on one, others are read or written. */
const WIDTH = 6;

type Outcome =
  | { readonly kind: "record"; readonly record: PredictionRecord }
  | ({ readonly kind: "failure" } & FailedImage);

/**
 * Predicts image after image, in constant memory. An image that cannot be read or predicted is listed and left out; those
 * with a record in the folder of results are not done again.
 * @throws UserError if a place does not exist, or the folder holds results of another kind
 */
export async function predictFiles(request: PredictFilesRequest): Promise<PredictFilesResult> {
  const { model, places, out, spacingMm, overlays, signal } = request;
  const images = await findImages(places, out);
  await using folder = await PredictionFolder.open(out, {
    kind: "hermes-predictions",
    version: 1,
    weightsSha256: model.file.weightsSha256,
    precision: model.card.precision,
    classes: [...model.card.classes],
    spacingMm,
    overlays,
  });
  const failures: FailedImage[] = [];
  let [predicted, skipped, forReview, withoutOutline] = [0, 0, 0, 0];
  async function* due(): AsyncGenerator<FoundImage & { readonly stem: string }> {
    for await (const found of images) {
      if (signal.aborted) return;
      if (folder.isDone(found.path)) skipped++;
      else yield { ...found, stem: folder.claimStem(found.relativePath) };
    }
  }
  const outcomes = orderedConcurrent(due(), WIDTH, (found) => predictOne(found, found.stem, folder, request));
  for await (const outcome of outcomes) {
    if (outcome.kind === "record") {
      await folder.add(outcome.record);
      predicted++;
      const { abstains, lesionCount } = outcome.record;
      if (lesionCount === 0) withoutOutline++;
      if (abstains === "yes" || lesionCount === 0) forReview++;
    } else failures.push({ image: outcome.image, reason: outcome.reason });
    request.onProgress({ predicted, failed: failures.length, skipped });
  }
  await folder.writeTable();
  await folder.writeFailures(failures);
  const end = signal.aborted ? "interrupted" : "finished";
  return { predicted, failed: failures.length, skipped, forReview, withoutOutline, failures, end };
}

async function predictOne(
  { path }: FoundImage,
  stem: string,
  folder: PredictionFolder,
  { model, spacingMm, overlays }: PredictFilesRequest,
): Promise<Outcome> {
  try {
    const image = await decodeImage(path);
    const prediction = await model.predict(image, { maps: [] });
    const place = {
      image: path,
      mask: `${predictionFiles.masks}/${stem}.png`,
      overlay: overlays === "yes" ? `${predictionFiles.overlays}/${stem}.png` : null,
    };
    const { widthPx, heightPx, mask } = prediction;
    const visible = mask.map((value) => 255 * value);
    await savePicture(folder, place.mask, { widthPx, heightPx, channels: 1, data: visible });
    if (place.overlay !== null) {
      const colour = prediction.abstains === "yes" ? "abstained" : "certain";
      await savePicture(folder, place.overlay, drawOutline(image, mask, colour));
    }
    return { kind: "record", record: predictionRecord(place, prediction, spacingMm, await remarksOn(path)) };
  } catch (error) {
    if (isPlaceFault(error)) throw error;
    return { kind: "failure", image: path, reason: reasonOf(error) };
  }
}

async function savePicture(folder: PredictionFolder, place: string, picture: DecodedImage): Promise<void> {
  const { widthPx: width, heightPx: height, channels, data } = picture;
  const png = await sharp(data, { raw: { width, height, channels } })
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .png({ compressionLevel: QUICK_COMPRESSION })
    .toBuffer();
  await folder.writePicture(place, png);
}

/** A full disk stops everything; a bad image does not. */
function isPlaceFault(error: unknown): boolean {
  return error instanceof UserError && error.complaints.some(({ what }) => what.startsWith("writing "));
}

function reasonOf(error: unknown): string {
  if (error instanceof UserError)
    return error.complaints.map(({ what, got }) => `${what}: ${got}`).join("; ");
  return error instanceof Error ? error.message : String(error);
}

const ANIMATED = /\.(gif|webp|tiff?)$/i;

async function remarksOn(path: string): Promise<string[]> {
  if (!ANIMATED.test(path)) return [];
  const { pages = 1 } = await sharp(path, { limitInputPixels: false }).metadata();
  return pages > 1 ? [`the first of ${pages} frames`] : [];
}
