import { z } from "zod";

/** What a report tells about where a model comes from. */
export const runFactsSchema = z.strictObject({
  /** Name of the run's folder. */
  id: z.string(),
  planHash: z.string(),
  /** SHA-256 of the file of weights that was evaluated. */
  weightsSha256: z.string(),
  method: z.string(),
  model: z.string(),
  profile: z.string(),
  /** Label budget, a key of the split's budgets. */
  labels: z.string(),
  labelledImages: z.number().int(),
  unlabelledImages: z.number().int(),
  seed: z.number().int(),
  splitName: z.string(),
  splitHash: z.string(),
  manifestHash: z.string(),
  dataTitle: z.string(),
  classes: z.array(z.string()).min(2),
  codeVersion: z.string(),
  /** The whole plan, for printing. */
  plan: z.record(z.string(), z.unknown()),
});
export type RunFacts = z.output<typeof runFactsSchema>;
