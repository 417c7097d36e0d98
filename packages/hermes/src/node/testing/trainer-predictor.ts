import type { Engine } from "@hermes-us/tensor";
import { type AspectRule, type PixelRect, prepareImage } from "../../data/prepared-image.js";
import type { DecodedImage } from "../../data/raster.js";
import { resizePlane } from "../../data/resize.js";
import type { ImagePrediction } from "../../predict/image-predictor.js";
import { createPredictor, type Predictor } from "../../predict/predictor.js";
import type { RandomNetwork } from "./random-network.js";

export interface TrainerPredictorRequest extends RandomNetwork {
  readonly engine: Engine;
  readonly sidePx: number;
  readonly aspect: AspectRule;
}

/**
 * The trainer's own way from a picture to its answer: preparation in double precision, the engine's network. Shares nothing with
 * the graph that a model file puts round the network.
 */
export class TrainerPredictor {
  private constructor(
    private readonly predictor: Predictor,
    private readonly request: TrainerPredictorRequest,
  ) {}

  static async open(request: TrainerPredictorRequest): Promise<TrainerPredictor> {
    return new TrainerPredictor(await createPredictor({ ...request, batch: 1 }), request);
  }

  async predict(picture: DecodedImage): Promise<ImagePrediction> {
    const { sidePx, aspect, weights } = this.request;
    const { image, content } = prepareImage(picture, null, sidePx, aspect);
    const [output] = await this.predictor.predict(weights, [
      Float32Array.from(image, (level) => level / 255),
    ]);
    const { classProbs, lesionProbs, saliency } = output!;
    const { widthPx, heightPx } = picture;
    const native = (plane: Float32Array) =>
      Float32Array.from(resizePlane(cropPlane(plane, sidePx, content), widthPx, heightPx, "linear"));
    return {
      classProbs: [...classProbs],
      lesionProbs: native(lesionProbs),
      saliency: saliency === null ? null : { widthPx, heightPx, data: native(saliency) },
    };
  }
}

/** @returns the part of an S x S plane where the picture lies: bars around it are no part of the answer */
function cropPlane(plane: Float32Array, sidePx: number, { leftPx, topPx, widthPx, heightPx }: PixelRect) {
  const data = new Float32Array(widthPx * heightPx);
  for (let y = 0; y < heightPx; y++) {
    const from = (topPx + y) * sidePx + leftPx;
    data.set(plane.subarray(from, from + widthPx), y * widthPx);
  }
  return { widthPx, heightPx, data };
}
