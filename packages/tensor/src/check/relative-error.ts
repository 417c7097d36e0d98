/** Below this norm the error counts as absolute, so that a gradient of zero is compared with rounding noise fairly. */
const SMALLEST_NORM = 1e-3;

/** @returns |got - wanted| / |wanted| in the Euclidean norm; infinite where a number is not finite or the lengths differ */
export function relativeError(got: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (got.length !== wanted.length) return Number.POSITIVE_INFINITY;
  let [difference, norm] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    difference += (got[i]! - wanted[i]!) ** 2;
    norm += wanted[i]! ** 2;
  }
  const error = Math.sqrt(difference) / Math.max(Math.sqrt(norm), SMALLEST_NORM);
  return Number.isFinite(error) ? error : Number.POSITIVE_INFINITY;
}
