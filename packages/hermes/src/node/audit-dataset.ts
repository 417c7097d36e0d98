import { join } from "node:path";
import type { AuditReport } from "../data/audit/audit-report.js";
import { auditHtml } from "./audit-report.js";
import { datasetFiles } from "./dataset-folder.js";
import { type AuditRequest, runAudit } from "./run-audit.js";
import { writeFileAtomic } from "./write-file-atomic.js";

export const AUDIT_PAGE = "audit.html";

/** Audits a data set and writes `audit.json` and `audit.html` into its folder. */
export async function auditDataset(request: AuditRequest): Promise<AuditReport> {
  const report = await runAudit(request);
  const { folder } = request.dataset;
  const page = await auditHtml(request.dataset, report);
  await writeFileAtomic(join(folder, AUDIT_PAGE), page);
  await writeFileAtomic(join(folder, datasetFiles.audit), `${JSON.stringify(report, undefined, 1)}\n`);
  return report;
}
