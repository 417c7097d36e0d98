import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Complaint, UserError } from "../errors.js";
import { readAuditFacts } from "./audit-facts.js";
import { type Dataset, datasetFiles } from "./dataset-folder.js";
import { sha256Bytes } from "./sha256-file.js";

const SHOWN_IDS = 4;

/**
 * Refuses to train on a set whose audit found a contradiction that nobody has decided, or whose decisions changed
 * after the audit.
 *
 * @returns whether the set was audited at all
 * @throws UserError with one complaint per open finding
 */
export async function assertTrainable(dataset: Dataset): Promise<"audited" | "not audited"> {
  const audit = await readAuditFacts(dataset);
  if (audit === undefined) return "not audited";
  const complaints: Complaint[] = audit.blocking.map(({ code, ids, message }) => ({
    what: `${code}: ${ids.slice(0, SHOWN_IDS).join(", ")}${ids.length > SHOWN_IDS ? `, and ${ids.length - SHOWN_IDS} more` : ""}`,
    got: message,
    wanted: "a decision before training",
    fix: `write it into ${join(dataset.folder, datasetFiles.decisions)} and run \`hermes data audit\` again`,
  }));
  const decisionsPath = join(dataset.folder, datasetFiles.decisions);
  const decisions = await readFile(decisionsPath).catch(() => undefined);
  const hash = decisions === undefined ? null : sha256Bytes(decisions);
  if (audit.decisionsHash !== undefined && audit.decisionsHash !== hash) {
    complaints.push({
      what: decisionsPath,
      got: "other decisions than the audit saw",
      wanted: "an audit of the decisions as they are now",
      fix: "run `hermes data audit` again",
    });
  }
  if (complaints.length > 0) throw new UserError(complaints);
  return "audited";
}
