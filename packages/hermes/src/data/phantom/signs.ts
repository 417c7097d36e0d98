import type { RandomStream } from "../../random.js";
import type { LesionLook } from "./lesion-look.js";

/**
 * The sonographic signs of a lesion (the descriptors of the BI-RADS lexicon, Mendelson et al., ACR 2013). Lengths are
 * shares of the image height, levels in dB relative to the tissue around.
 */
export interface LesionSigns {
  /** Behind all signs: benign around -1.15, malignant around +1.15, standard deviation 1. */
  readonly suspicion: number;
  /** Half of the horizontal and vertical extent. */
  readonly halfWidth: number;
  readonly halfHeight: number;
  readonly tiltRad: number;
  /** Of the outline: 0 an ellipse, 1 very irregular. */
  readonly irregularity: number;
  readonly lobulation: number;
  readonly spicules: number;
  readonly spiculeLength: number;
  readonly echoDb: number;
  readonly heterogeneityDb: number;
  /** Width of the transition at the margin. */
  readonly marginSoftness: number;
  /** Thin bright line around the lesion. */
  readonly capsuleDb: number;
  /** Broad bright rim. */
  readonly haloDb: number;
  /** Echo behind the lesion: positive enhancement, negative shadow. */
  readonly posteriorDb: number;
  readonly calcifications: number;
}

/**
 * Half the distance of the class means of `suspicion` in standard deviations. An observer who saw it without noise
 * would reach an AUC of Phi(2 * 1.15 / sqrt 2) = 0.95; through the noisy signs and the image it is less.
 */
export const CLASS_OFFSET = 1.15;
/** Standard deviation of each sign's own departure from `suspicion`. */
const SIGN_NOISE = 0.8;

/** @returns signs of one lesion. Size, level and texture do not depend on the class, so they are no shortcut. */
export function drawSigns(
  stream: RandomStream,
  className: "benign" | "malignant",
  look: LesionLook,
): LesionSigns {
  const suspicion = (className === "malignant" ? CLASS_OFFSET : -CLASS_OFFSET) + stream.normal();
  const sign = (): number => suspicion + SIGN_NOISE * stream.normal();
  const between = (low: number, high: number): number => low + (high - low) * stream.uniform();

  const [smallest, largest] = look.radius;
  const radius = smallest * (largest / smallest) ** (between(0, 1) ** 0.85);
  const flattening = Math.exp(clamp(-0.36 + 0.24 * sign(), -0.75, 0.42));
  const irregularity = sigmoid(1.5 * sign());
  const spiky = clamp(sign() - 0.5, 0, 2.5);
  const shadow = sign();
  return {
    suspicion,
    halfWidth: clamp(radius / Math.sqrt(flattening), 0.04, 0.36),
    halfHeight: clamp(radius * Math.sqrt(flattening), 0.035, 0.27),
    tiltRad: 0.22 * stream.normal(),
    irregularity,
    lobulation: between(0.02, 0.09),
    spicules: spiky === 0 ? 0 : 3 + Math.round(4 * spiky),
    spiculeLength: 0.12 * spiky,
    echoDb: stream.uniform() < 0.12 ? between(...look.darkestDb) : between(...look.echoDb),
    heterogeneityDb: between(0.6, 2.6),
    marginSoftness: 0.004 + 0.034 * sigmoid(1.4 * sign()),
    capsuleDb: 8 * sigmoid(-1.6 * sign() - 0.8),
    haloDb: 7 * sigmoid(1.6 * sign() - 1.6),
    posteriorDb: clamp(-4.5 * shadow, -17, 7.5),
    calcifications: stream.uniform() < sigmoid(1.2 * sign() - 2) ? stream.integer(2, 9) : 0,
  };
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
