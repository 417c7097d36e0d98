/** @returns entropy of the probabilities over that of an even guess: 0 certain, 1 no idea */
export function classUncertainty(classProbs: readonly number[]): number {
  const entropy = classProbs.reduce((sum, prob) => (prob > 0 ? sum - prob * Math.log(prob) : sum), 0);
  return Math.min(1, entropy / Math.log(classProbs.length));
}

/** @returns entropy of one pixel's lesion probability in bits, 0 to 1 */
export function pixelUncertainty(prob: number): number {
  if (prob <= 0 || prob >= 1) return 0;
  return -(prob * Math.log2(prob) + (1 - prob) * Math.log2(1 - prob));
}

/** Pixels below it are background beyond doubt; counting them would make every small lesion look certain. */
const POSSIBLE_LESION = 0.05;

/**
 * Mean uncertainty of the pixels that may be lesion (probability of at least 0.05).
 * @param lesionProbs H x W
 * @returns 0 to 1; 0 where no pixel may be
 */
export function maskUncertainty(lesionProbs: ArrayLike<number>): number {
  let sum = 0;
  let pixels = 0;
  for (let i = 0; i < lesionProbs.length; i++) {
    const prob = lesionProbs[i]!;
    if (prob < POSSIBLE_LESION) continue;
    sum += pixelUncertainty(prob);
    pixels++;
  }
  return pixels === 0 ? 0 : sum / pixels;
}
