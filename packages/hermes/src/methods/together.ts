import { concat, sliceAxis, type Tensor } from "@hermes-us/tensor";
import type { JointNet, JointOutput } from "../nn/joint-net.js";

/**
 * Passes several batches through a network as one, so that its normalisation sees them together and the processor
 * larger products.
 * @returns one output per batch, its fields still made when first read
 */
export function passTogether(net: JointNet, images: readonly Tensor[]): JointOutput[] {
  const joined = net(concat(images, 0));
  let start = 0;
  return images.map((image) => {
    const [from, to] = [start, start + image.shape[0]!];
    start = to;
    const part = (whole: Tensor) => sliceAxis(whole, 0, from, to);
    return {
      get classLogits() {
        return part(joined.classLogits);
      },
      get maskLogits() {
        return part(joined.maskLogits);
      },
      get imageEmbedding() {
        return part(joined.imageEmbedding);
      },
      get pixelEmbedding() {
        return part(joined.pixelEmbedding);
      },
      get classProjection() {
        return part(joined.classProjection);
      },
      get maskProjection() {
        return part(joined.maskProjection);
      },
      get saliency() {
        return joined.saliency === null ? null : part(joined.saliency);
      },
    };
  });
}
