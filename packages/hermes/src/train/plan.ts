import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { z } from "zod";
import { canonicalJson } from "../data/canonical-json.js";
import { trainingSettingsSchema } from "./settings.js";

const weightsFile = { name: z.string(), sha256: z.string().length(64) };

/** All that decides a run, resolved and frozen; equal plans give equal weights on one machine. */
export const planSchema = z.strictObject({
  kind: z.literal("hermes-plan"),
  version: z.literal(1),
  method: z.strictObject({ name: z.string(), options: z.record(z.string(), z.unknown()) }),
  model: z.strictObject({
    name: z.string(),
    options: z.record(z.string(), z.unknown()),
    classes: z.array(z.string()).min(2),
  }),
  profile: z.string(),
  training: trainingSettingsSchema,
  /** Where the weights begin: at random, or in files known by their hashes, several in the order of these. */
  weights: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("random") }),
    z.strictObject({ kind: z.literal("file"), ...weightsFile }),
    z.strictObject({ kind: z.literal("files"), files: z.array(z.strictObject(weightsFile)).min(2) }),
  ]),
  data: z.strictObject({
    title: z.string(),
    manifestHash: z.string(),
    split: z.string(),
    splitHash: z.string(),
    /** A key of the split's budgets. */
    labels: z.string(),
    labelledImages: z.number().int(),
    unlabelledImages: z.number().int(),
    licence: z.string(),
    citation: z.string().nullable(),
  }),
  seed: z.number().int().nonnegative(),
  codeVersion: z.string(),
});
export type Plan = z.output<typeof planSchema>;

/** @returns SHA-256 of the plan's content, lower-case hex; independent of the order of keys */
export function planHash(plan: Plan): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(plan))));
}

const ID_DIGITS = 12;

/** @returns `<method>-<labels>-<seed>-<hash>`, the name of the run's folder */
export function runId(plan: Plan): string {
  return `${plan.method.name}-${plan.data.labels}-s${plan.seed}-${planHash(plan).slice(0, ID_DIGITS)}`;
}
