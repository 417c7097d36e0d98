import { z } from "zod";
import type { SamplingEstimate } from "../stats/bootstrap.js";

/** A value with its sampling interval, as evaluation.json holds it. */
export const estimateSchema = z.strictObject({
  /** `null` where these images do not define it. */
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  level: z.number().nullable(),
  method: z.enum(["percentile", "bca", "t"]).nullable(),
  images: z.number().int(),
  /** Patients, or images that stand alone. */
  clusters: z.number().int(),
});
export type Estimate = z.output<typeof estimateSchema>;

export function estimateOf({ value, interval, images, clusters }: SamplingEstimate): Estimate {
  return {
    value,
    low: interval?.low ?? null,
    high: interval?.high ?? null,
    level: interval?.level ?? null,
    method: interval?.method ?? null,
    images,
    clusters,
  };
}
