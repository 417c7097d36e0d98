import {
  cast,
  constant,
  divide,
  equal,
  greater,
  logSumExp,
  matmul,
  type Tensor,
  unsqueeze,
  where,
} from "@hermes-us/tensor";

/** Stands for minus infinity, whose differences are not numbers. */
const NEVER = -1e9;

/** @returns s_ij = a_i . b_j / temperature, [A, B], of vectors [A, D] and [B, D] */
export function similarity(a: Tensor, b: Tensor, temperature: number): Tensor {
  return divide(matmul(a, b, { transposeB: "transpose" }), temperature);
}

/** @returns 1 where row and column have one class, else 0: [A, B] of labels int32 [A] and [B] */
export function sameClass(rowLabel: Tensor, columnLabel: Tensor): Tensor {
  return cast(equal(unsqueeze(rowLabel, [1]), unsqueeze(columnLabel, [0])), "float32");
}

/**
 * ln sum_j e^(s_ij) over the columns that `included` [A, B] marks with 1.
 * @returns [A, 1]; about -1e9 for a row that includes none
 */
export function includedLogSumExp(scores: Tensor, included: Tensor): Tensor {
  return logSumExp(where(greater(included, 0.5), scores, NEVER), { axes: [1], keep: "axes" });
}

/** @returns 1 at (i, (i + shift) mod rows), else 0: [rows, columns] */
export function shiftedIdentity(rows: number, columns: number, shift: number): Tensor {
  const ones = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) ones[row * columns + ((row + shift) % rows)] = 1;
  return constant(ones, [rows, columns]);
}
