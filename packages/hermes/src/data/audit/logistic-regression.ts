/**
 * Logistic regression with an L2 penalty, by Newton's method (iteratively reweighted least squares; Hastie et al., The
 * Elements of Statistical Learning, 2nd ed., section 4.4.1). The intercept is not penalised.
 * @param rows features [N, D]
 * @param labels 0 or 1, [N]
 * @returns weights [D + 1], the intercept last
 */
export function fitLogistic(
  rows: readonly (readonly number[])[],
  labels: readonly number[],
  penalty: number,
): Float64Array {
  const size = (rows[0]?.length ?? 0) + 1;
  const weights = new Float64Array(size);
  for (let iteration = 0; iteration < 25; iteration++) {
    const gradient = new Float64Array(size);
    const hessian = Array.from({ length: size }, () => new Float64Array(size));
    rows.forEach((row, i) => {
      const probability = 1 / (1 + Math.exp(-scoreOf(weights, row)));
      const spread = probability * (1 - probability) + 1e-9;
      const extended = [...row, 1];
      for (let a = 0; a < size; a++) {
        gradient[a]! += (labels[i]! - probability) * extended[a]!;
        for (let b = 0; b < size; b++) hessian[a]![b]! += spread * extended[a]! * extended[b]!;
      }
    });
    for (let a = 0; a < size - 1; a++) {
      gradient[a]! -= penalty * weights[a]!;
      hessian[a]![a]! += penalty;
    }
    const step = solve(hessian, gradient);
    let largest = 0;
    for (let a = 0; a < size; a++) {
      weights[a]! += step[a]!;
      largest = Math.max(largest, Math.abs(step[a]!));
    }
    if (largest < 1e-7) break;
  }
  return weights;
}

/** @returns the log-odds of a row */
export function scoreOf(weights: Float64Array, row: readonly number[]): number {
  return row.reduce((sum, value, a) => sum + weights[a]! * value, weights[row.length]!);
}

/** Gaussian elimination with pivots; the matrix is positive definite up to rounding. */
function solve(matrix: readonly Float64Array[], right: Float64Array): Float64Array {
  const n = right.length;
  const rows = matrix.map((row, i) => Float64Array.from([...row, right[i]!]));
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column + 1; row < n; row++) {
      if (Math.abs(rows[row]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = row;
    }
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const divisor = rows[column]![column]!;
    if (Math.abs(divisor) < 1e-12) continue;
    for (let row = 0; row < n; row++) {
      if (row === column) continue;
      const factor = rows[row]![column]! / divisor;
      for (let k = column; k <= n; k++) rows[row]![k]! -= factor * rows[column]![k]!;
    }
  }
  return Float64Array.from({ length: n }, (_, i) => {
    const divisor = rows[i]![i]!;
    return Math.abs(divisor) < 1e-12 ? 0 : rows[i]![n]! / divisor;
  });
}
