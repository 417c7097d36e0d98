import { evaluateMetric, type WeightedMetric } from "./weighted.js";

/** How probabilities are cut into bins; every result carries it, since the number depends on it. */
export interface Binning {
  /** `equal-width`: (0, 1/bins], (1/bins, 2/bins], ...; `equal-mass`: as many images in each as can be. */
  readonly kind: "equal-width" | "equal-mass";
  readonly bins: number;
}

export const DEFAULT_BINNING: Binning = { kind: "equal-width", bins: 15 };

export interface CalibrationError {
  /** From 0 to 1; `null` without images. */
  readonly value: number | null;
  readonly binning: Binning;
}

/** One bar of a reliability diagram. */
export interface ReliabilityBin {
  readonly images: number;
  readonly meanProb: number;
  /** Share of the bin's images in which the event happened. */
  readonly frequency: number;
}

/**
 * Expected calibration error: |frequency - mean probability| over the bins, weighted by their images.
 * Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, Eq. 3.
 *
 * @param probs N probabilities that an event happens: of the predicted class for the usual (top-label) error.
 * @param happened N, other than 0 where it did: where the predicted class was right.
 */
export function expectedCalibrationError(
  probs: readonly number[],
  happened: readonly number[],
  binning: Binning = DEFAULT_BINNING,
): CalibrationError {
  return { value: evaluateMetric(calibrationErrorMetric(probs, happened, binning), probs.length), binning };
}

/** The calibration error as a function of image weights; the bins stay those of the set itself. */
export function calibrationErrorMetric(
  probs: readonly number[],
  happened: readonly number[],
  binning: Binning = DEFAULT_BINNING,
): WeightedMetric {
  const binOf = assignBins(probs, binning);
  const surplus = Float64Array.from(probs, (prob, i) => prob - (happened[i] ? 1 : 0));
  const gaps = new Float64Array(binning.bins);
  return (weights) => {
    gaps.fill(0);
    let images = 0;
    for (let i = 0; i < surplus.length; i++) {
      gaps[binOf[i]!]! += weights[i]! * surplus[i]!;
      images += weights[i]!;
    }
    return images === 0 ? Number.NaN : gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / images;
  };
}

/** @returns the bars of a reliability diagram from low to high; empty bins are left out. */
export function reliabilityBins(
  probs: readonly number[],
  happened: readonly number[],
  binning: Binning = DEFAULT_BINNING,
): ReliabilityBin[] {
  const binOf = assignBins(probs, binning);
  const bars: ReliabilityBin[] = [];
  for (let bin = 0; bin < binning.bins; bin++) {
    const members = probs.flatMap((prob, i) =>
      binOf[i] === bin ? [{ prob, event: happened[i] ? 1 : 0 }] : [],
    );
    if (members.length === 0) continue;
    bars.push({
      images: members.length,
      meanProb: members.reduce((sum, { prob }) => sum + prob, 0) / members.length,
      frequency: members.reduce((sum, { event }) => sum + event, 0) / members.length,
    });
  }
  return bars;
}

function assignBins(probs: readonly number[], { kind, bins }: Binning): Int32Array {
  if (kind === "equal-width") {
    return Int32Array.from(probs, (prob) => Math.min(bins - 1, Math.max(0, Math.ceil(prob * bins) - 1)));
  }
  const byProb = Int32Array.from(probs, (_, i) => i).sort((a, b) => probs[a]! - probs[b]!);
  const binOf = new Int32Array(probs.length);
  for (const [rank, image] of byProb.entries()) {
    const before = byProb[rank - 1];
    // Equal probabilities share a bin, so that the result does not hang on the order of the images.
    const tied = before !== undefined && probs[before] === probs[image];
    binOf[image] = tied ? binOf[before]! : Math.floor((rank * bins) / probs.length);
  }
  return binOf;
}
