/**
 * Holm's step-down correction: p values that can be held against one level although several comparisons were
 * made. Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scand. J. Statistics 6, 1979.
 *
 * @param pValues one per comparison, in any order.
 * @returns adjusted p values in the same order, at most 1.
 */
export function holmAdjusted(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((i, j) => pValues[i]! - pValues[j]!);
  const adjusted = new Array<number>(pValues.length).fill(1);
  let largest = 0;
  for (const [step, i] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (pValues.length - step) * pValues[i]!));
    adjusted[i] = largest;
  }
  return adjusted;
}
