import type { Fetches, HostData, ModelSession, OpenModel } from "@hermes-us/tensor";
import type { DecodedImage } from "../data/raster.js";
import { UserError } from "../errors.js";
import type { ModelCard } from "./model-card.js";
import { type ModelFile, readModelFile } from "./model-file.js";

/** Maps that a prediction may carry, each H x W at the image's own size, 0 to 1. */
export type MapName =
  | "lesionProbs" /* probability of lesion */
  | "uncertainty" /* entropy of that probability, 1 where it is one half */
  | "saliency" /* what the classifier looked at */;

export interface PredictOptions {
  /** Default: all that the model has. Fewer are quicker. */
  readonly maps?: readonly MapName[];
}

/** What the model says of one image. */
export interface Prediction {
  readonly widthPx: number;
  readonly heightPx: number;
  /** The most probable class. */
  readonly className: string;
  /** By class, in the order of the card. */
  readonly classProbs: ReadonlyMap<string, number>;
  /** H x W, 1 on the lesion. */
  readonly mask: Uint8Array;
  /** Probability of the most probable class. */
  readonly classConfidence: number;
  /** Expected agreement of the mask with the truth, 0 to 1: soft Dice confidence. */
  readonly maskConfidence: number;
  /** `not-fitted`: the model was exported without thresholds. */
  readonly abstains: "yes" | "no" | "not-fitted";
  readonly maps: { readonly [Map in MapName]?: Float32Array };
}

/** A model file made ready. It owns native memory: dispose of it. */
export interface Model extends AsyncDisposable {
  readonly card: ModelCard;
  readonly file: ModelFile;
  /** @throws UserError if the image is malformed, or the model gives no number for it */
  predict(image: DecodedImage, options?: PredictOptions): Promise<Prediction>;
  /**
   * Images of one size, up to the card's `batch` at a time.
   * @throws UserError as `predict`
   */
  predictBatch(images: readonly DecodedImage[], options?: PredictOptions): Promise<Prediction[]>;
}

const ALWAYS = ["classProbs", "mask", "classConfidence", "maskConfidence", "abstain"] as const;
const MAP_NAMES: readonly MapName[] = ["lesionProbs", "uncertainty", "saliency"];

class SessionModel implements Model {
  constructor(
    readonly file: ModelFile,
    private readonly session: ModelSession,
  ) {}

  get card(): ModelCard {
    return this.file.card;
  }

  async predict(image: DecodedImage, options: PredictOptions = {}): Promise<Prediction> {
    const [prediction] = await this.predictBatch([image], options);
    return prediction!;
  }

  async predictBatch(images: readonly DecodedImage[], options: PredictOptions = {}): Promise<Prediction[]> {
    checkImages(images, this.card.batch);
    const { widthPx, heightPx, channels } = images[0]!;
    const maps = this.#mapsOf(options);
    const feed = {
      dtype: "uint8" as const,
      shape: [...(this.card.batch === 1 ? [] : [this.card.batch]), heightPx, widthPx, channels],
      data: joined(images, this.card.batch),
    };
    const fetched = await this.session.run({ image: feed }, [...ALWAYS, ...maps]);
    return images.map((image, i) => predictionOf(image, rowOf(fetched, i, this.card.batch), maps, this.card));
  }

  #mapsOf({ maps }: PredictOptions): readonly MapName[] {
    const there = MAP_NAMES.filter((name) => this.session.outputs.includes(name));
    const missing = maps?.find((name) => !there.includes(name));
    if (missing === undefined) return maps ?? there;
    throw UserError.of("predict", `the map ${missing}`, `one of ${there.join(", ")}`, "leave it out");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]();
  }
}

/**
 * Reads a model file and makes it ready.
 * @param open the runtime to run it on
 * @throws UserError if the file is not a whole model of this version
 */
export async function loadModelOn(bytes: Uint8Array, open: OpenModel, name?: string): Promise<Model> {
  const file = readModelFile(bytes, name);
  return new SessionModel(file, await open(bytes));
}

function checkImages(images: readonly DecodedImage[], batch: number): void {
  if (images.length === 0 || images.length > batch) {
    throw UserError.of(
      "predict",
      `${images.length} images`,
      `1 to ${batch}`,
      "give as many as the model takes at a time",
    );
  }
  const first = images[0]!;
  for (const { widthPx, heightPx, channels, data } of images) {
    const shape = `${widthPx} x ${heightPx} pixels of ${channels} channels`;
    const whole = [widthPx, heightPx].every((extent) => Number.isInteger(extent) && extent > 0);
    if (!whole || ![1, 3].includes(channels) || data.length !== widthPx * heightPx * channels) {
      throw UserError.of(
        "predict",
        `${data.length} values for ${shape}`,
        "1 or 3 bytes per pixel, row by row",
        "take grey or red-green-blue values without alpha",
      );
    }
    if (widthPx !== first.widthPx || heightPx !== first.heightPx || channels !== first.channels) {
      throw UserError.of(
        "predict",
        `${shape} in one batch with others`,
        "images of one size",
        "predict them one by one",
      );
    }
  }
}

/** A short batch is filled with black images. */
function joined(images: readonly DecodedImage[], batch: number): Uint8Array {
  if (batch === 1) return images[0]!.data;
  const all = new Uint8Array(batch * images[0]!.data.length);
  for (const [i, { data }] of images.entries()) all.set(data, i * data.length);
  return all;
}

type Row = (name: string) => HostData;

function rowOf(fetched: Fetches, i: number, batch: number): Row {
  return (name) => {
    const { data } = fetched[name]!;
    return batch === 1 ? data : data.slice((i * data.length) / batch, ((i + 1) * data.length) / batch);
  };
}

function predictionOf(
  { widthPx, heightPx }: DecodedImage,
  row: Row,
  maps: readonly MapName[],
  { classes, abstention }: ModelCard,
): Prediction {
  const classProbs = row("classProbs");
  const [classConfidence, maskConfidence] = [row("classConfidence")[0]!, row("maskConfidence")[0]!];
  if (![...classProbs, classConfidence, maskConfidence].every(Number.isFinite)) {
    throw UserError.of(
      "predict",
      "a result that is no number",
      "finite probabilities",
      "the model is damaged or was trained on other values; train and export it again",
    );
  }
  const mask = row("mask");
  return {
    widthPx,
    heightPx,
    className: classes[classProbs.indexOf(Math.max(...classProbs))]!,
    classProbs: new Map(classes.map((name, k) => [name, classProbs[k]!])),
    mask: mask instanceof Uint8Array ? mask : Uint8Array.from(mask),
    classConfidence,
    maskConfidence,
    abstains: abstention === null ? "not-fitted" : row("abstain")[0] === 1 ? "yes" : "no",
    maps: Object.fromEntries(maps.map((name) => [name, row(name)])),
  };
}
