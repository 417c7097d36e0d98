import { type GraphBuilder, onnxType, type Value } from "@hermes-us/tensor";
import { emitResize, type ImagePrefix } from "./image-prefix.js";

export interface NetworkValues {
  /** [N, K] */
  readonly classProbs: Value;
  /** [N, S, S] */
  readonly lesionProbs: Value;
  /** [N, S, S] */
  readonly saliency: Value | null;
}

export interface Thresholds {
  /** A pixel is lesion above this probability. */
  readonly mask: number;
  /** The model abstains below either of these; 0 never does. */
  readonly classConfidence: number;
  readonly maskConfidence: number;
}

/** Outputs by name, each with a leading axis N. */
export interface ModelOutputs {
  readonly classProbs: Value;
  readonly mask: Value;
  readonly lesionProbs: Value;
  readonly uncertainty: Value;
  readonly saliency: Value | null;
  readonly classConfidence: Value;
  readonly maskConfidence: Value;
  readonly abstain: Value;
}

const PIXEL_AXES = [1, 2, 3];
/** Keeps the logarithm of 0 out of the entropy. */
const SMALLEST_PROBABILITY = 1e-7;

/** From the networks' own size back to the image's, and on to masks, confidences and the decision to abstain. */
export function emitPredictionSuffix(
  g: GraphBuilder,
  network: NetworkValues,
  prefix: ImagePrefix,
  thresholds: Thresholds,
): ModelOutputs {
  const content = (map: Value): Value => emitContentOf(g, map, prefix);
  const native = (map: Value): Value =>
    g.node("Squeeze", [emitResize(g, map, prefix.nativeSize), g.ints([1])]);
  const lesion = content(network.lesionProbs);
  const lesionProbs = native(lesion);
  const classConfidence = g.node("ReduceMax", [network.classProbs, g.ints([1])], { keepdims: 0 });
  const maskConfidence = emitMaskConfidence(g, lesion, thresholds.mask);
  const below = (value: Value, threshold: number): Value => g.node("Less", [value, g.scalar(threshold)]);
  const abstain = g.node("Or", [
    below(classConfidence, thresholds.classConfidence),
    below(maskConfidence, thresholds.maskConfidence),
  ]);
  return {
    classProbs: network.classProbs,
    mask: asBytes(g, g.node("Greater", [lesionProbs, g.scalar(thresholds.mask)])),
    lesionProbs,
    uncertainty: native(emitEntropy(g, lesion)),
    saliency: network.saliency === null ? null : native(content(network.saliency)),
    classConfidence,
    maskConfidence,
    abstain: asBytes(g, abstain),
  };
}

function asBytes(g: GraphBuilder, value: Value): Value {
  return g.node("Cast", [value], { to: onnxType.uint8 });
}

/** @returns [N, 1, h, w] without the bars of the square */
function emitContentOf(g: GraphBuilder, map: Value, { contentStart, contentSize }: ImagePrefix): Value {
  const plane = g.node("Unsqueeze", [map, g.ints([1])]);
  if (contentStart === null) return plane;
  const end = g.node("Add", [contentStart, contentSize]);
  return g.node("Slice", [plane, contentStart, end, g.ints([2, 3])]);
}

/** Entropy of a lesion-or-not, in bits. */
function emitEntropy(g: GraphBuilder, probs: Value): Value {
  const p = g.node("Clip", [probs, g.scalar(SMALLEST_PROBABILITY), g.scalar(1 - SMALLEST_PROBABILITY)]);
  const q = g.node("Sub", [g.scalar(1), p]);
  const term = (x: Value): Value => g.node("Mul", [x, g.node("Log", [x])]);
  return g.node("Div", [g.node("Add", [term(p), term(q)]), g.scalar(-Math.LN2)]);
}

/**
 * Soft Dice confidence, 2 sum(p m) / sum(p + m): Borges et al. 2024, arXiv 2402.10665, Eq. 8, which ranks masks by the
 * Dice to be expected.
 * Differs from the paper: an empty mask, for which it is always 0, has the confidence that no pixel is lesion, taken
 * from the most suspicious one.
 *
 * @param probs [N, 1, h, w]
 * @returns [N]; not a number where a probability is none
 */
function emitMaskConfidence(g: GraphBuilder, probs: Value, threshold: number): Value {
  const total = (map: Value): Value => g.node("ReduceSum", [map, g.ints(PIXEL_AXES)], { keepdims: 0 });
  const mask = g.node("Cast", [g.node("Greater", [probs, g.scalar(threshold)])], { to: onnxType.float32 });
  const [sumProbs, sumMask] = [total(probs), total(mask)];
  const overlap = g.node("Mul", [total(g.node("Mul", [probs, mask])), g.scalar(2)]);
  const ofLesion = g.node("Div", [overlap, g.node("Add", [sumProbs, sumMask])]);
  const peak = g.node("ReduceMax", [probs, g.ints(PIXEL_AXES)], { keepdims: 0 });
  const ofNothing = g.node("Sub", [g.scalar(1), peak]);
  const confidence = g.node("Where", [g.node("Equal", [sumMask, g.scalar(0)]), ofNothing, ofLesion]);
  // ReduceMax and Greater lose a value that is no number; the sum keeps it.
  return g.node("Add", [confidence, g.node("Mul", [sumProbs, g.scalar(0)])]);
}
