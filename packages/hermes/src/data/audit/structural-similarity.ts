/** Side of the windows that are compared, and the step between them, pixels. */
const WINDOW_PX = 8;
const STEP_PX = 4;
/** Keeps flat windows (black margins) from counting: a standard deviation of 2 grey levels. */
const FLOOR = 4;

/**
 * The structure term of SSIM (Wang et al., IEEE Trans. Image Processing 13(4), 2004, Eq. 10): the mean correlation
 * of small windows, each counting by its contrast. Differs from SSIM: no terms for brightness and contrast, since a
 * copy with other brightness is still a copy.
 * @param a, b grey values [H, W] in the same frame; NaN where one has no pixel
 * @returns -1 to 1; 0 where nothing can be compared
 */
export function structuralSimilarity(a: ArrayLike<number>, b: ArrayLike<number>, widthPx: number): number {
  const heightPx = a.length / widthPx;
  let sum = 0;
  let total = 0;
  for (let y = 0; y + WINDOW_PX <= heightPx; y += STEP_PX) {
    for (let x = 0; x + WINDOW_PX <= widthPx; x += STEP_PX) {
      const { varianceA, varianceB, covariance } = windowMoments(a, b, y * widthPx + x, widthPx);
      if (Number.isNaN(covariance)) continue;
      const spread = Math.sqrt(varianceA * varianceB);
      const weight = Math.sqrt(Math.max(varianceA, varianceB));
      sum += (weight * covariance) / (spread + FLOOR);
      total += weight;
    }
  }
  return total === 0 ? 0 : sum / total;
}

function windowMoments(a: ArrayLike<number>, b: ArrayLike<number>, start: number, widthPx: number) {
  let sumA = 0;
  let sumB = 0;
  let sumAA = 0;
  let sumBB = 0;
  let sumAB = 0;
  for (let row = 0; row < WINDOW_PX; row++) {
    for (let at = start + row * widthPx; at < start + row * widthPx + WINDOW_PX; at++) {
      const x = a[at]!;
      const y = b[at]!;
      sumA += x;
      sumB += y;
      sumAA += x * x;
      sumBB += y * y;
      sumAB += x * y;
    }
  }
  const n = WINDOW_PX * WINDOW_PX;
  return {
    varianceA: Math.max(0, sumAA / n - (sumA / n) ** 2),
    varianceB: Math.max(0, sumBB / n - (sumB / n) ** 2),
    covariance: sumAB / n - (sumA / n) * (sumB / n),
  };
}
