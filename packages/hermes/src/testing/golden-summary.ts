import type { HostArray } from "@hermes-us/tensor";
import { z } from "zod";

/** What a golden file keeps of a large tensor. */
export const summarySchema = z.looseObject({
  shape: z.array(z.int().positive()),
  mean: z.number(),
  l2: z.number(),
  first8: z.array(z.number()).optional(),
  first4: z.array(z.number()).optional(),
});

export type GoldenSummary = z.output<typeof summarySchema>;

/**
 * The worst of the relative errors of the Euclidean norm, the mean and the first elements. Mean and elements are
 * measured against the larger of themselves and the root mean square, so that values near 0 do not count for more.
 * @returns infinity for another shape and for a tensor that is not there
 */
export function summaryError(got: HostArray | undefined, wanted: GoldenSummary): number {
  if (got === undefined || got.shape.join() !== wanted.shape.join()) return Number.POSITIVE_INFINITY;
  const { data } = got;
  let [total, squares] = [0, 0];
  for (const value of data) {
    total += value;
    squares += value ** 2;
  }
  const rms = wanted.l2 / Math.sqrt(data.length);
  const error = (a: number, b: number): number => Math.abs(a - b) / Math.max(Math.abs(b), rms);
  const first = wanted.first8 ?? wanted.first4 ?? [];
  return Math.max(
    Math.abs(Math.sqrt(squares) - wanted.l2) / wanted.l2,
    error(total / data.length, wanted.mean),
    ...first.map((value, i) => error(data[i]!, value)),
  );
}
