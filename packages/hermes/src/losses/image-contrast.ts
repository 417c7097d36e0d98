import {
  broadcastTo,
  concat,
  constant,
  divide,
  maximum,
  mean,
  multiply,
  negate,
  reshape,
  type Shape,
  subtract,
  sum,
  type Tensor,
  unsqueeze,
} from "@hermes-us/tensor";
import { type KeepMask, keepAll } from "../pseudo/keep-mask.js";
import { includedLogSumExp, sameClass, identity, similarity } from "./contrast.js";
import type { Denominator } from "./cross-entropy.js";
import { detached, type LabelledVectors } from "./labelled-vectors.js";

export interface ImageContrastBatch {
  /** L2-normalised embeddings of the two views, [N, D] each. */
  readonly strong: Tensor;
  readonly weak: Tensor;
  /** int32 [N] */
  readonly label: Tensor;
  /** [N]; everything where nothing is given. */
  readonly keep?: KeepMask;
  /** More columns to contrast with, from earlier steps; nothing flows back into them. */
  readonly bank?: LabelledVectors;
}

export interface ImageContrastOptions {
  readonly temperature?: number;
  /**
   * What an image that is not kept takes part in. `pairs`: in nothing, a pair counts where both are kept (the certainty
   * matrix over pairs of the paper's Fig. 2); the two views of an image share the mask, so an anchor always has its own
   * other view. `anchors`: it is no anchor, yet a positive or negative of others (released code).
   */
  readonly certainty?: "pairs" | "anchors";
  /** Whether the mean is over all 2N anchors, as published, or over the kept ones. */
  readonly denominator?: Denominator;
}

/**
 * Supervised contrast of images under pseudo-labels: for anchor i with positives P(i) (same label, among them its own
 * other view) and columns A(i), the loss is -1/|P(i)| sum_P ln(e^s_ip / sum_A e^s_ia).
 * Khosla et al., SupCon, NeurIPS 2020, https://arxiv.org/abs/2004.11362 (Eq. 2); Zhang, Lai & Kong, Hermes, ECAI 2025,
 * https://arxiv.org/abs/2508.02265 (Fig. 2: certainty matrix, memory bank).
 * Differs from the released code: uncertain images are neither positives nor negatives, and there is a bank.
 * @returns scalar
 */
export function imageContrast(batch: ImageContrastBatch, options: ImageContrastOptions = {}): Tensor {
  const perAnchor = imageContrastPerAnchor(batch, options);
  const { denominator = "all" } = options;
  switch (denominator) {
    case "all":
      return mean(perAnchor);
    case "kept":
      return divide(sum(perAnchor), maximum(sum(anchorWeights(batch)), 1));
    default:
      return denominator satisfies never;
  }
}

/** @returns the loss of each anchor [2N], strong views first; 0 for those not kept */
export function imageContrastPerAnchor(
  batch: ImageContrastBatch,
  { temperature = 0.07, certainty = "pairs" }: ImageContrastOptions = {},
): Tensor {
  const anchors = concat([batch.strong, batch.weak], 0);
  const label = concat([batch.label, batch.label], 0);
  const bank = batch.bank === undefined ? [] : [detached(batch.bank)];
  const columns = concat([anchors, ...bank.map(({ vectors }) => vectors)], 0);
  const columnLabel = concat([label, ...bank.map((vectors) => vectors.label)], 0);
  const included = includedPairs(batch, certainty);
  const scores = similarity(anchors, columns, temperature);
  const logShares = subtract(scores, includedLogSumExp(scores, included));
  const positive = multiply(included, sameClass(label, columnLabel));
  const summed = negate(sum(multiply(positive, logShares), { axes: [1] }));
  const positives = maximum(sum(positive, { axes: [1] }), 1);
  return multiply(divide(summed, positives), anchorWeights(batch));
}

/** @returns 1 = anchor, 0 = not: [2N] */
function anchorWeights({ label, keep = keepAll(label.shape) }: ImageContrastBatch): Tensor {
  return concat([keep.toWeights(), keep.toWeights()], 0);
}

/** @returns 1 where the row may be compared with the column: [2N, 2N + Q] */
function includedPairs(batch: ImageContrastBatch, certainty: "pairs" | "anchors"): Tensor {
  const size = 2 * batch.label.shape[0]!;
  const square: Shape = [size, size];
  const notSelf = subtract(1, identity(size, size));
  const kept = anchorWeights(batch);
  const certain =
    certainty === "anchors"
      ? broadcastTo(constant(1), square)
      : multiply(unsqueeze(kept, [1]), unsqueeze(kept, [0]));
  const within = multiply(certain, notSelf);
  if (batch.bank === undefined) return within;
  const filled = batch.bank.valid.toWeights();
  const across = broadcastTo(reshape(filled, [1, -1]), [size, filled.shape[0]!]);
  return concat([within, across], 1);
}
