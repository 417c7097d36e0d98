import type { HostData, Tensor } from "@hermes-us/tensor";
import { UserError } from "../errors.js";

export type GoldenKind = "values" | "gradients";

/** One number or list of numbers of a golden case beside ours. */
export type GoldenCheck = {
  readonly field: string;
  readonly kind: GoldenKind;
  readonly wanted: readonly number[];
} & (
  | { readonly got: readonly number[] }
  | {
      readonly tensor: Tensor;
      /** What the case tells of the tensor, where not all of it. */
      readonly read?: (data: HostData) => readonly number[];
    }
);

/** @returns the numbers of a field */
export function numbersIn(of: string, field: string, value: unknown): readonly number[] {
  if (typeof value === "number") return [value];
  if (Array.isArray(value) && value.every((entry) => typeof entry === "number")) return value;
  if (typeof value === "object" && value !== null && "data" in value) {
    return numbersIn(of, field, value.data);
  }
  throw UserError.of(
    `golden case ${of}`,
    `${field} is ${value === undefined ? "missing" : typeof value}`,
    "a number, a list of numbers or { shape, data }",
    "check the file",
  );
}

/** @returns the largest difference over the largest number wanted; infinite for other lengths and for what is no number */
export function worstRelativeError(got: ArrayLike<number>, wanted: readonly number[]): number {
  if (got.length !== wanted.length) return Number.POSITIVE_INFINITY;
  let [difference, scale] = [0, 0];
  for (const [i, value] of wanted.entries()) {
    difference = Math.max(difference, Math.abs(got[i]! - value));
    scale = Math.max(scale, Math.abs(value));
  }
  const error = scale === 0 ? difference : difference / scale;
  return Number.isFinite(error) ? error : Number.POSITIVE_INFINITY;
}
