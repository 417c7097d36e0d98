import type { Tensor } from "@hermes-us/tensor";
import type { Scope } from "./scope.js";

/**
 * What one pass of a joint network gives. Every field but the two logits is made when it is first read, so that heads
 * nobody uses cost nothing and declare no parameters.
 */
export interface JointOutput {
  /** Class logits [N, K]. */
  readonly classLogits: Tensor;
  /** Mask logits [N, C, H, W], as large as the image. */
  readonly maskLogits: Tensor;
  /** Image embedding [N, D], L2-normalised. */
  readonly imageEmbedding: Tensor;
  /** Pixel embedding [N, D, h, w], L2-normalised over D. */
  readonly pixelEmbedding: Tensor;
  /** Projections for the inter-task consistency, [N, D] each, not normalised. */
  readonly classProjection: Tensor;
  readonly maskProjection: Tensor;
  /** Input-gradient saliency [N, H, W] in [0, 1], detached; `null` where the model has none. */
  readonly saliency: Tensor | null;
}

/** A network for both tasks as a function of its scope and an image batch [N, channels, H, W] with values in [0, 1]. */
export interface JointModel {
  (scope: Scope, image: Tensor): JointOutput;
}

/** Whose images a pass in training mode is of: the running statistics that evaluation uses follow labelled ones alone. */
export type Pass = "labelled" | "unlabelled";

/** A joint network whose names and mode are settled: what methods see. */
export interface JointNet {
  /** @param pass makes no difference in evaluation mode */
  (image: Tensor, pass: Pass): JointOutput;
}
