import type { Engine } from "@hermes-us/tensor";
import { type AspectRule, type PixelRect, prepareImage } from "../data/prepared-image.js";
import type { DecodedImage } from "../data/raster.js";
import { resizePlane } from "../data/resize.js";
import type { JointModel } from "../nn/joint-net.js";
import { createPredictor, type NetworkWeights, type Predictor, weightNamed } from "./predictor.js";

/** What a model says of one picture. */
export interface ImagePrediction {
  /** K, sum to 1. */
  readonly classProbs: readonly number[];
  /** H x W of the picture, probability of lesion. */
  readonly lesionProbs: Float64Array;
  /** Of the picture without bars, h x w of the network's grid, 0 to 1; `null` where the model has none. */
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

export interface NetworkPredictorRequest {
  readonly engine: Engine;
  readonly model: JointModel;
  readonly weights: NetworkWeights;
  readonly classes: readonly string[];
  readonly sidePx: number;
  readonly aspect: AspectRule;
  readonly maskThreshold: number;
  readonly batch: number;
}

class NetworkPredictor implements ImagePredictor {
  readonly classes: readonly string[];
  readonly maskThreshold: number;
  readonly batch: number;

  constructor(
    private readonly predictor: Predictor,
    private readonly request: NetworkPredictorRequest,
  ) {
    this.classes = request.classes;
    this.maskThreshold = request.maskThreshold;
    this.batch = request.batch;
  }

  async predict(images: readonly DecodedImage[]): Promise<ImagePrediction[]> {
    const { sidePx, aspect, weights } = this.request;
    const prepared = images.map((image) => prepareImage(image, null, sidePx, aspect));
    const outputs = await this.predictor.predict(
      weights,
      prepared.map(({ image }) => Float32Array.from(image, (level) => level / 255)),
    );
    return outputs.map(({ classProbs, lesionProbs, saliency }, i) => {
      const { content } = prepared[i]!;
      const { widthPx, heightPx } = images[i]!;
      const lesion = { ...sizeOf(content), data: cropPlane(lesionProbs, sidePx, content) };
      return {
        classProbs: [...classProbs],
        lesionProbs: resizePlane(lesion, widthPx, heightPx, "linear"),
        saliency:
          saliency === null ? null : { ...sizeOf(content), data: cropPlane(saliency, sidePx, content) },
      };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.predictor[Symbol.asyncDispose]();
  }
}

function sizeOf({ widthPx, heightPx }: PixelRect): { widthPx: number; heightPx: number } {
  return { widthPx, heightPx };
}

/** @returns the part of an S x S plane where the picture lies: bars around it are no part of the answer */
function cropPlane(plane: Float32Array, sidePx: number, content: PixelRect): Float32Array {
  const out = new Float32Array(content.widthPx * content.heightPx);
  for (let y = 0; y < content.heightPx; y++) {
    const from = (content.topPx + y) * sidePx + content.leftPx;
    out.set(plane.subarray(from, from + content.widthPx), y * content.widthPx);
  }
  return out;
}

/**
 * Wraps a network so that it takes pictures of any size.
 * @throws UserError for weights of another network
 */
export async function networkPredictor(request: NetworkPredictorRequest): Promise<ImagePredictor> {
  const { engine, model, weights, sidePx, batch } = request;
  const predictor = await createPredictor({ engine, model, sidePx, batch });
  try {
    for (const name of predictor.weights) weightNamed(weights, name);
  } catch (error) {
    await predictor[Symbol.asyncDispose]();
    throw error;
  }
  return new NetworkPredictor(predictor, request);
}
