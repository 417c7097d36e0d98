import type { Tensor } from "../tensor.js";
import { asTensor, constant } from "./leaf.js";

/** @returns both as tensors; a number takes the dtype of the other operand. */
export function asOperands(a: Tensor | number, b: Tensor | number): [Tensor, Tensor] {
  const like = (value: Tensor | number, other: Tensor | number) =>
    typeof value === "number" && typeof other !== "number"
      ? constant(value, [], other.dtype)
      : asTensor(value);
  return [like(a, b), like(b, a)];
}
