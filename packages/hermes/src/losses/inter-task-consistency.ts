import { l2Normalize, mean, multiply, subtract, sum, type Tensor } from "@hermes-us/tensor";

/**
 * 1 - cos of what the classifier and the segmentation network say about an image, mean over the images. Both get
 * gradients.
 * Zhang, Lai & Kong, Hermes, ECAI 2025, https://arxiv.org/abs/2508.02265 (inter-task consistency).
 * Differs from the released code: there the classifier's gradient comes after its step and is then zeroed, so that
 * only the segmentation network learns from this term.
 * @param classProjection [N, D]
 * @param maskProjection [N, D]
 * @returns scalar
 */
export function interTaskConsistency(classProjection: Tensor, maskProjection: Tensor): Tensor {
  const product = multiply(l2Normalize(classProjection, 1, 1e-8), l2Normalize(maskProjection, 1, 1e-8));
  return mean(subtract(1, sum(product, { axes: [1] })));
}
