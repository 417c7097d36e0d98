import {
  abs,
  concat,
  divide,
  gradient,
  max,
  maximum,
  reshape,
  resizeBilinear,
  stopGradient,
  sum,
  type Tensor,
} from "@hermes-us/tensor";

/** Below this peak an image has no gradient worth the name, and its saliency stays near 0. */
const SMALLEST_PEAK = 1e-12;

/**
 * Input-gradient saliency, classification to segmentation (hermes.md section 2, IAS): the largest absolute derivative of
 * the winning class logit over the colour channels. Simonyan et al. 2014, arXiv 1312.6034.
 * Differs from the released code: only the gradient with respect to the image is made, none for the parameters.
 *
 * @param classify image to class logits [N, K], images apart from each other (evaluation mode, no attention)
 * @param image [N, C, H, W]
 * @returns [N, H, W], at least 0, detached
 */
export function inputSaliency(classify: (image: Tensor) => Tensor, image: Tensor): Tensor {
  const winning = (x: Tensor): Tensor => sum(max(classify(x), { axes: [1] }));
  return stopGradient(max(abs(gradient(winning)(image)), { axes: [1] }));
}

/**
 * Divides each image's saliency by its largest value.
 * @param saliency [N, H, W], at least 0
 * @returns [N, H, W] in [0, 1]
 */
export function normaliseSaliency(saliency: Tensor): Tensor {
  return divide(saliency, maximum(max(saliency, { axes: [1, 2], keep: "axes" }), SMALLEST_PEAK));
}

/**
 * What the saliency bridge hands to the decoder's stage at a quarter of the size.
 * @param image [N, C, H, W]
 * @param saliency [N, H, W]
 * @returns [N, C + 1, H / 4, W / 4]
 */
export function saliencyBridge(image: Tensor, saliency: Tensor): Tensor {
  const [n, , height, width] = image.shape as [number, number, number, number];
  const both = concat([image, reshape(saliency, [n, 1, height, width])], 1);
  return resizeBilinear(both, { height: height / 4, width: width / 4 }, "half-pixel");
}
