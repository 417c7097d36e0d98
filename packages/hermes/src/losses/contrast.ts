import {
  add,
  cast,
  constant,
  divide,
  equal,
  logSumExp,
  matmul,
  multiply,
  subtract,
  type Tensor,
  unsqueeze,
} from "@hermes-us/tensor";

/** Added to a score, leaves nothing of e^score; infinity would make differences that are no numbers. */
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
  // A sum, since its gradient costs nothing; that of a choice is two more choices.
  const bias = multiply(subtract(1, included), NEVER);
  return logSumExp(add(scores, bias), { axes: [1], keep: "axes" });
}

/** @returns 1 where row and column have one number, else 0: [rows, columns] */
export function identity(rows: number, columns: number): Tensor {
  const ones = new Float64Array(rows * columns);
  for (let i = 0; i < Math.min(rows, columns); i++) ones[i * columns + i] = 1;
  return constant(ones, [rows, columns]);
}
