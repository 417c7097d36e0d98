import type { DecodedImage } from "../data/raster.js";
import type { ImagePrediction, ImagePredictor } from "../predict/image-predictor.js";
import type { Model } from "../predict/model.js";

/** Images under way at a time: they share the model's sessions, and are read meanwhile. */
const AT_ONCE = 8;

/** A model file in the form that an evaluation wants. */
export function modelPredictor(model: Model): ImagePredictor {
  const { card } = model;
  return {
    classes: card.classes,
    maskThreshold: card.maskThreshold,
    batch: AT_ONCE,
    predict: (images) => Promise.all(images.map((image) => predictOne(model, image))),
    [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
  };
}

async function predictOne(model: Model, image: DecodedImage): Promise<ImagePrediction> {
  const { classProbs, maps, widthPx, heightPx } = await model.predict(image);
  if (maps.lesionProbs === undefined) throw new Error("the model file has no lesion probabilities");
  return {
    classProbs: model.card.classes.map((name) => classProbs.get(name) ?? Number.NaN),
    lesionProbs: maps.lesionProbs,
    saliency: maps.saliency === undefined ? null : { widthPx, heightPx, data: maps.saliency },
  };
}
