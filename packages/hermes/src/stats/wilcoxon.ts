import { normalCdf } from "./normal.js";

export interface WilcoxonResult {
  /** Two-sided; 1 where all differences are 0. */
  readonly pValue: number;
  /** The smaller of the rank sums of positive and negative differences. */
  readonly statistic: number;
  /** `exact` up to 50 differences without ties or zeros; otherwise the normal approximation. */
  readonly method: "exact" | "normal";
  /** Differences other than 0; zeros are left out (Wilcoxon's own way). */
  readonly used: number;
  readonly zeros: number;
}

/** As in SciPy; the exact distribution costs little up to here and the approximation is good beyond. */
const MAX_EXACT = 50;

/**
 * Wilcoxon signed-rank test, two-sided: are paired differences symmetric around 0? The normal approximation is
 * corrected for ties and for continuity (as scipy.stats.wilcoxon with `correction=True`).
 * The differences have to be independent: take one per patient (`clusterMeans`).
 * Wilcoxon, "Individual Comparisons by Ranking Methods", Biometrics Bulletin 1(6), 1945.
 */
export function wilcoxonSignedRank(differences: readonly number[]): WilcoxonResult {
  const nonZero = differences.filter((difference) => difference !== 0);
  const used = nonZero.length;
  const zeros = differences.length - used;
  if (used === 0) return { pValue: 1, statistic: 0, method: "exact", used, zeros };
  const { positiveSum, tieSizes } = rankSum(nonZero);
  const total = (used * (used + 1)) / 2;
  const statistic = Math.min(positiveSum, total - positiveSum);
  const exact = used <= MAX_EXACT && zeros === 0 && tieSizes.length === 0;
  if (exact) return { pValue: exactPValue(statistic, used), statistic, method: "exact", used, zeros };
  const tieTerm = tieSizes.reduce((sum, size) => sum + size ** 3 - size, 0);
  const deviation = Math.sqrt((used * (used + 1) * (2 * used + 1)) / 24 - tieTerm / 48);
  const distance = Math.max(0, total / 2 - statistic - 0.5);
  const pValue = Math.min(1, 2 * normalCdf(-distance / deviation));
  return { pValue, statistic, method: "normal", used, zeros };
}

/** Ranks of absolute values, equal ones sharing their mean rank. */
function rankSum(differences: readonly number[]): { positiveSum: number; tieSizes: number[] } {
  const bySize = differences.toSorted((a, b) => Math.abs(a) - Math.abs(b));
  const tieSizes: number[] = [];
  let positiveSum = 0;
  for (let start = 0; start < bySize.length; ) {
    let end = start + 1;
    while (end < bySize.length && Math.abs(bySize[end]!) === Math.abs(bySize[start]!)) end++;
    const rank = (start + 1 + end) / 2;
    for (let i = start; i < end; i++) if (bySize[i]! > 0) positiveSum += rank;
    if (end - start > 1) tieSizes.push(end - start);
    start = end;
  }
  return { positiveSum, tieSizes };
}

/** P(min(W+, W-) <= statistic) when each of the ranks 1 .. n has either sign with equal chance. */
function exactPValue(statistic: number, n: number): number {
  const total = (n * (n + 1)) / 2;
  let probability = new Float64Array(total + 1);
  probability[0] = 1;
  for (let rank = 1; rank <= n; rank++) {
    probability = probability.map(
      (without, sum) => (without + (sum >= rank ? probability[sum - rank]! : 0)) / 2,
    );
  }
  const tail = probability.subarray(0, statistic + 1).reduce((sum, p) => sum + p, 0);
  return Math.min(1, 2 * tail);
}
