import { z } from "zod";
import { UserError } from "../../errors.js";
import { canonicalJson } from "../canonical-json.js";
import { issueText } from "../issue-text.js";
import { sha256Hex } from "../manifest.js";

const ids = z.array(z.string().min(1));

const splitOptionsSchema = z.strictObject({
  /** Shares of the images: training, validation, test; they add up to 1. */
  shares: z.tuple([z.number(), z.number(), z.number()]),
  labels: z.array(z.number()),
  balance: z.enum(["balanced", "natural"]),
  labelUnit: z.enum(["image", "group"]),
  /** Which fold of how many is the test part; `own`: the fold as the set itself numbers it. */
  fold: z
    .strictObject({ index: z.number().int(), of: z.union([z.number().int(), z.literal("own")]) })
    .nullable(),
});
export type SplitOptions = z.output<typeof splitOptionsSchema>;

const contentSchema = z.strictObject({
  kind: z.literal("hermes-split"),
  version: z.literal(1),
  seed: z.number().int(),
  options: splitOptionsSchema,
  manifestHash: z.string().length(64),
  /** SHA-256 of the decisions laid over the manifest; `null` without any. */
  decisionsHash: z.string().length(64).nullable(),
  /** How many groups of near-duplicates were kept together; `null`: the set had not been audited. */
  nearDuplicateGroups: z.number().int().nullable(),
  train: ids,
  val: ids,
  test: ids,
  /** In no part, with the reason: an unlabelled image of a patient whose others are tested on. */
  leftOut: z.array(z.strictObject({ id: z.string().min(1), reason: z.string().min(1) })),
  /** Ids of the labelled training images per budget; `all` has all of them. */
  budgets: z.record(z.string(), ids),
});
export type SplitContent = z.output<typeof contentSchema>;

const splitFileSchema = contentSchema.extend({ hash: z.string().length(64) });

/**
 * A split as it lies on disk, test ids included: for writing, tables and audits. Training gets a `TrainingView`.
 */
export type SplitFile = z.output<typeof splitFileSchema>;

/** @returns the content with its hash, ids in code-unit order */
export function sealSplit(content: SplitContent): SplitFile {
  return { ...content, hash: hashSplit(content) };
}

export function serialiseSplit(split: SplitFile): string {
  return `${JSON.stringify(split, undefined, 1)}\n`;
}

/**
 * Reads a split and refuses one that was changed after it was made.
 *
 * @param fileName for messages
 * @param manifestHash of the data set it is to be used with
 */
export function verifySplit(text: string, fileName: string, manifestHash: string): SplitFile {
  const split = parseSplit(text, fileName);
  if (split.manifestHash !== manifestHash) {
    throw UserError.of(
      fileName,
      `a split of manifest ${short(split.manifestHash)}`,
      `one of this data set's manifest, ${short(manifestHash)}`,
      "make the split again with `hermes data split`; the data set has changed since",
    );
  }
  return split;
}

/** As `verifySplit`, without looking at the data set. */
export function parseSplit(text: string, fileName: string): SplitFile {
  const fix = "put the original file back, or make the split again with `hermes data split`";
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw UserError.of(fileName, "text that is not JSON", "a split file", fix);
  }
  const parsed = splitFileSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw UserError.of(fileName, `a fault in ${issue?.path.join(".") || "the whole"}`, issueText(issue), fix);
  }
  const { hash, ...content } = parsed.data;
  const actual = hashSplit(content);
  if (actual === hash) return parsed.data;
  throw UserError.of(
    fileName,
    `a changed file (its content has hash ${short(actual)})`,
    `hash ${short(hash)}`,
    fix,
  );
}

function hashSplit(content: SplitContent): string {
  return sha256Hex(canonicalJson(content));
}

function short(hash: string): string {
  return hash.slice(0, 12);
}
