import type { TransferListItem } from "node:worker_threads";
import { z } from "zod";
import { batchPlanSchema, type TrainingBatch } from "../data/batch.js";
import { sampleSchema } from "../data/sample.js";
import type { Complaint } from "../errors.js";

/** What a worker is started with. It is then sent step numbers and answers each with a `PrefetchAnswer`. */
export const prefetchSetupSchema = z.strictObject({
  datasetFolder: z.string(),
  plan: batchPlanSchema,
  /** The plan's images as the main thread sees them: decisions are laid over what the folder says. */
  samples: z.array(sampleSchema),
});
export type PrefetchSetup = z.output<typeof prefetchSetupSchema>;

/** An error in a form that crosses threads. */
export type PrefetchFailure =
  | { readonly kind: "user"; readonly complaints: readonly Complaint[] }
  | { readonly kind: "bug"; readonly message: string; readonly stack: string };

export type PrefetchAnswer =
  | { readonly kind: "batch"; readonly step: number; readonly batch: TrainingBatch }
  | { readonly kind: "failure"; readonly step: number; readonly failure: PrefetchFailure };

/** @returns the memory of a batch, to be handed over instead of copied */
export function transferables({ labelled, unlabelled }: TrainingBatch): TransferListItem[] {
  const { image, mask, label, hasMask, hasClass } = labelled;
  const arrays = [image, mask, label, hasMask, hasClass];
  if (unlabelled !== null) {
    const { weak, strong, secondStrong } = unlabelled;
    return [...arrays, weak, strong, ...(secondStrong === null ? [] : [secondStrong])].map((a) => a.buffer);
  }
  return arrays.map((array) => array.buffer);
}
