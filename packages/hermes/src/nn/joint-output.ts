import type { JointOutput } from "./joint-net.js";
import { lazy } from "./lazy.js";

/** How to make each part of a joint output. */
export type JointOutputParts = { readonly [Part in keyof JointOutput]: () => JointOutput[Part] };

/** @returns the output whose parts are made when first read, each once */
export function lazyJointOutput(parts: JointOutputParts): JointOutput {
  const classLogits = lazy(parts.classLogits);
  const maskLogits = lazy(parts.maskLogits);
  const imageEmbedding = lazy(parts.imageEmbedding);
  const pixelEmbedding = lazy(parts.pixelEmbedding);
  const classProjection = lazy(parts.classProjection);
  const maskProjection = lazy(parts.maskProjection);
  const saliency = lazy(parts.saliency);
  return {
    get classLogits() {
      return classLogits();
    },
    get maskLogits() {
      return maskLogits();
    },
    get imageEmbedding() {
      return imageEmbedding();
    },
    get pixelEmbedding() {
      return pixelEmbedding();
    },
    get classProjection() {
      return classProjection();
    },
    get maskProjection() {
      return maskProjection();
    },
    get saliency() {
      return saliency();
    },
  };
}
