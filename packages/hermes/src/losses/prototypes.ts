import {
  broadcastTo,
  constant,
  greaterEqual,
  l2Normalize,
  matmul,
  multiply,
  oneHot,
  reshape,
  sum,
  type Tensor,
} from "@hermes-us/tensor";
import { type KeepMask, keepWhere } from "../pseudo/keep-mask.js";
import type { LabelledVectors } from "./labelled-vectors.js";

export interface PrototypeInput {
  /** [N, D, h, w] */
  readonly embedding: Tensor;
  /** int32 [N, h, w] */
  readonly label: Tensor;
  /** [N, h, w] */
  readonly keep: KeepMask;
}

export interface PrototypeOptions {
  readonly classes: number;
  /** A class with fewer kept positions in an image has no prototype there. */
  readonly minPositions?: number;
}

/**
 * The L2-normalised mean embedding of each class's kept pixels in each image: what goes into the pixel bank.
 * Wang et al., UGPCL, IJCAI 2022 (memory of class means).
 * Differs from UGPCL: class 0 has prototypes too, since with two classes a bank of one has no negatives.
 * @returns [N * classes, D], image by image
 */
export function classPrototypes(
  { embedding, label, keep }: PrototypeInput,
  { classes, minPositions = 1 }: PrototypeOptions,
): LabelledVectors {
  const [images, dims, height, width] = embedding.shape as [number, number, number, number];
  const flat = [images, 1, height * width];
  const ofClass = oneHot(reshape(label, [images, height * width]), classes, 1);
  const weights = multiply(ofClass, reshape(keep.toWeights(), flat));
  const pixels = reshape(embedding, [images, dims, height * width]);
  const totals = matmul(weights, pixels, { transposeB: "transpose" });
  const order = constant(
    Float64Array.from({ length: classes }, (_, i) => i),
    [1, classes],
    "int32",
  );
  return {
    vectors: l2Normalize(reshape(totals, [images * classes, dims]), 1),
    label: reshape(broadcastTo(order, [images, classes]), [-1]),
    valid: keepWhere(greaterEqual(reshape(sum(weights, { axes: [2] }), [-1]), minPositions)),
  };
}
