import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { auditReportSchema, type FindingSummary, summariseFindings } from "../data/audit/audit-report.js";
import { UserError } from "../errors.js";
import { type Dataset, datasetFiles } from "./dataset-folder.js";

/** What a report says of a data set's audit. */
export interface EvaluationAudit {
  /** One row per kind, the worst first. */
  readonly findings: readonly FindingSummary[];
  /** Ids of images with burned-in calipers. */
  readonly calipers: ReadonlySet<string>;
}

/**
 * @returns `null` if the set was not audited, or not as it is now
 * @throws UserError for a broken audit
 */
export async function readEvaluationAudit(dataset: Dataset): Promise<EvaluationAudit | null> {
  const path = join(dataset.folder, datasetFiles.audit);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return null;
  const report = parseAudit(text, path);
  if (report.manifestHash !== dataset.manifestHash) return null;
  const calipers = report.findings.filter(({ code }) => code === "image-calipers");
  return {
    findings: summariseFindings(report.findings),
    calipers: new Set(calipers.flatMap(({ ids }) => ids)),
  };
}

function parseAudit(text: string, path: string) {
  try {
    return auditReportSchema.parse(JSON.parse(text));
  } catch {
    throw UserError.of(
      path,
      "a file that is no audit",
      "the file that the audit writes",
      "run `hermes data audit` again",
    );
  }
}
