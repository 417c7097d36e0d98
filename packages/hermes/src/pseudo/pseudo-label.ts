import { argmax, softmax, stopGradient, type Tensor } from "@hermes-us/tensor";
import { classFrequency, type FrequencySource, nextFrequency } from "./class-frequency.js";
import {
  aboveClassThreshold,
  type ClassThresholdOptions,
  classThresholds,
  publishedThresholds,
} from "./class-threshold.js";
import { entropyBelow } from "./entropy-threshold.js";
import { and, type KeepMask, or } from "./keep-mask.js";
import { type UncertaintySource, uncertaintyLogProbs } from "./uncertainty.js";

export interface PseudoLabelInput {
  /** What the labels are read from, [N, C] or [N, C, H, W]: the weak view, or a teacher's. */
  readonly logits: Tensor;
  readonly uncertainty: UncertaintySource;
  /** Scalar, nats. */
  readonly entropyCeiling: Tensor | number;
  readonly frequency: FrequencySource;
}

export interface PseudoLabelOptions {
  readonly thresholds?: ClassThresholdOptions;
  /**
   * How the two tests join: `and` keeps what passes both (the paper's Fig. 2); `or` leaves out only what fails both,
   * which is what the released code does in its segmentation Dice.
   */
  readonly combine?: "and" | "or";
}

/** Everything is detached. Shapes: [N] for images, [N, H, W] for pixels. */
export interface PseudoLabels {
  /** int32 */
  readonly label: Tensor;
  readonly keepConfident: KeepMask;
  readonly keepCertain: KeepMask;
  /** The two joined. */
  readonly keep: KeepMask;
  /** Share of each class [C]; with a moving average, the state of the next step. */
  readonly nextFrequency: Tensor;
  /** [C] */
  readonly thresholds: Tensor;
}

/**
 * Pseudo-labels under Hermes's two thresholds: a confidence per class and an entropy ceiling.
 * Zhang, Lai & Kong, Hermes, ECAI 2025, https://arxiv.org/abs/2508.02265 (dual-threshold pseudo-labels).
 * Differs from the released code: class frequencies may be averaged over steps, uncertainty may be another
 * distribution's, and one rule joins the tests for images and pixels.
 */
export function pseudoLabels(
  input: PseudoLabelInput,
  { thresholds: bounds = publishedThresholds, combine = "and" }: PseudoLabelOptions = {},
): PseudoLabels {
  const probs = stopGradient(softmax(input.logits, 1));
  const label = argmax(probs, 1);
  const frequency = nextFrequency(input.frequency, classFrequency(label, probs.shape[1]!));
  const thresholds = classThresholds(frequency, bounds);
  const keepConfident = aboveClassThreshold(probs, label, thresholds);
  const keepCertain = entropyBelow(uncertaintyLogProbs(input.uncertainty), input.entropyCeiling);
  const keep = { and, or }[combine](keepConfident, keepCertain);
  return { label, keepConfident, keepCertain, keep, nextFrequency: frequency, thresholds };
}
