/** Scores of one class against the rest, sorted once so that curves and areas take one pass. */
export interface RankedScores {
  /** N image indices, highest score first. */
  readonly order: Int32Array;
  /** N, by rank: 1 where the image is positive. */
  readonly positive: Uint8Array;
  /** N, by rank: 1 at the last image of each run of equal scores. */
  readonly endsTie: Uint8Array;
  /** N, by rank. */
  readonly scores: Float64Array;
}

/**
 * @param scores N numbers, higher is more positive; none may be NaN.
 * @param positive N, other than 0 where the image is positive.
 */
export function rankScores(scores: ArrayLike<number>, positive: ArrayLike<number>): RankedScores {
  const n = scores.length;
  const order = Int32Array.from({ length: n }, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  const ranked = Float64Array.from(order, (i) => scores[i]!);
  return {
    order,
    scores: ranked,
    positive: Uint8Array.from(order, (i) => (positive[i] ? 1 : 0)),
    endsTie: Uint8Array.from(ranked, (score, rank) => (rank === n - 1 || ranked[rank + 1] !== score ? 1 : 0)),
  };
}
