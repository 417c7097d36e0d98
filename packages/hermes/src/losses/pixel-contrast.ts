import {
  add,
  divide,
  exp,
  log,
  maximum,
  multiply,
  softplus,
  subtract,
  sum,
  type Tensor,
  unsqueeze,
} from "@hermes-us/tensor";
import { includedLogSumExp, sameClass, identity, similarity } from "./contrast.js";
import { detached, joinVectors, type LabelledVectors } from "./labelled-vectors.js";

export interface PixelContrastOptions {
  readonly temperature?: number;
  /** More positives and negatives, from earlier steps; nothing flows back into them. */
  readonly bank?: LabelledVectors;
}

/** e to the power of this, and of a little more, is a float32. */
const SAFE_EXPONENT = 80;

/**
 * Contrast of pixel embeddings: l_i = -1/|P(i)| sum_P ln(e^s_ij / (e^s_ij + sum over other classes e^s_in)), mean over
 * the valid anchors. Each positive competes with the negatives alone, not with the other positives. An anchor without
 * negatives costs nothing.
 * Wang et al., "Exploring cross-image pixel contrast", ICCV 2021, https://arxiv.org/abs/2101.11939 (Eq. 3); Zhang, Lai
 * & Kong, Hermes, ECAI 2025, https://arxiv.org/abs/2508.02265 (temperature 0.07, memory bank in Fig. 2).
 * Differs from the released Hermes code: a bank that holds every class, background included.
 * @param anchors [P, D] with their classes; their length and that of the bank's vectors is at most 1
 * @returns scalar
 */
export function pixelContrast(
  anchors: LabelledVectors,
  { temperature = 0.07, bank }: PixelContrastOptions = {},
): Tensor {
  const columns = bank === undefined ? anchors : joinVectors(anchors, detached(bank));
  const scores = similarity(anchors.vectors, columns.vectors, temperature);
  const [rows, width] = scores.shape as [number, number];
  const same = sameClass(anchors.label, columns.label);
  const usable = unsqueeze(columns.valid.toWeights(), [0]);
  const notSelf = subtract(1, identity(rows, width));
  const positive = multiply(multiply(same, usable), notSelf);
  const negatives = includedLogSumExp(scores, multiply(subtract(1, same), usable));
  const perPair = logOnePlusExp(subtract(negatives, scores), 2 / temperature + Math.log(width));
  const perAnchor = divide(
    sum(multiply(positive, perPair), { axes: [1] }),
    maximum(sum(positive, { axes: [1] }), 1),
  );
  const valid = anchors.valid.toWeights();
  return divide(sum(multiply(perAnchor, valid)), maximum(sum(valid), 1));
}

/**
 * ln(1 + e^x). The plain formula takes half the time of Softplus on ONNX Runtime's CPU provider, and will do while no
 * `x` is above `largest` and that is far from overflow: with vectors no longer than 1, for temperatures from 0.03.
 */
function logOnePlusExp(x: Tensor, largest: number): Tensor {
  return largest < SAFE_EXPONENT ? log(add(exp(x), 1)) : softplus(x);
}
