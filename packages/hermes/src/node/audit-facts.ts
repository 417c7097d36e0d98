import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../errors.js";
import { type Dataset, datasetFiles } from "./dataset-folder.js";

/** The part of `audit.json` that splits and training read. */
const auditFactsSchema = z.object({
  manifestHash: z.string().optional(),
  /** SHA-256 of `decisions.json` as the audit saw it; missing or `null`: there was none. */
  decisionsHash: z.string().nullish(),
  nearDuplicateGroups: z.array(z.array(z.string())),
  blocking: z
    .array(z.object({ code: z.string(), ids: z.array(z.string()), message: z.string() }))
    .default([]),
});
export type AuditFacts = z.output<typeof auditFactsSchema>;

/**
 * @returns `undefined` if the set was not audited
 * @throws UserError for a broken audit, or one of another manifest
 */
export async function readAuditFacts(dataset: Dataset): Promise<AuditFacts | undefined> {
  const path = join(dataset.folder, datasetFiles.audit);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const fix = "run `hermes data audit` again";
  let facts: AuditFacts;
  try {
    facts = auditFactsSchema.parse(JSON.parse(text));
  } catch {
    throw UserError.of(path, "a file that is no audit", "the file that the audit writes", fix);
  }
  if (facts.manifestHash !== undefined && facts.manifestHash !== dataset.manifestHash) {
    throw UserError.of(path, "an audit of another manifest", "one of the manifest as it is now", fix);
  }
  return facts;
}
