import {
  AUDIT_PAGE,
  type AuditReport,
  auditDataset,
  datasetFiles,
  decisionSnippet,
  openDataset,
  summariseFindings,
  verdictOf,
} from "@hermes-us/hermes/node";
import { z } from "zod";
import { defineCommand } from "../command.js";
import { textTable } from "../text-table.js";

const EXIT_CODES = { clean: 0, warnings: 3, blocked: 4 } as const;
const PROGRESS_STEP = 250;

export const dataAudit = defineCommand({
  path: ["data", "audit"],
  summary: "look for copies, contradictions, leaks and faulty masks or images",
  details: `Finds exact and near duplicates, copies that contradict each other, patients or copies across splits,
faults of masks and images, and whether size or brightness alone tells the class. Nothing is changed or
dropped. Writes audit.json, which splits and training read, and audit.html with pictures.

Contradictions block training until they are decided in decisions.json, in the data set folder:
  {"version": 1, "decisions": [
    {"ids": ["a", "b"], "decision": "keep-both", "reason": "…"},
    {"ids": ["c", "d"], "decision": {"drop": ["d"]}, "reason": "…"},
    {"ids": ["e", "f"], "decision": {"relabel": {"f": "benign"}}, "reason": "…"}]}

Exit code: 0 clean, 3 warnings, 4 blocked (1 a fault of Hermes, 2 a mistake in what was given).

Example:
  hermes data audit --data busi`,
  arguments: [],
  options: z.strictObject({
    data: z.string().min(1).describe("data set folder, or an image folder that was imported"),
  }),
  async run({ options: { data }, context }) {
    const dataset = await openDataset(data);
    const started = performance.now();
    const report = await auditDataset({
      dataset,
      signal: context.signal,
      onProgress: (done, total) => {
        if (done % PROGRESS_STEP === 0 || done === total) context.note(`${done} of ${total} images`);
      },
    });
    for (const line of describe(report)) context.print(line);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    context.print(
      `${dataset.folder}: ${datasetFiles.audit}, ${AUDIT_PAGE}; ${seconds} s; ${verdictOf(report)}`,
    );
    return EXIT_CODES[verdictOf(report)];
  },
});

function describe(report: AuditReport): string[] {
  const rows = summariseFindings(report.findings).map((row) => [
    row.severity,
    row.code,
    row.findings,
    row.images,
    row.meaning,
  ]);
  return [
    ...(rows.length === 0
      ? ["nothing found"]
      : textTable([["severity", "finding", "findings", "images", "meaning"], ...rows])),
    "",
    ...describeProbe(report),
    ...describeBlocking(report),
  ];
}

function describeProbe({ shortcutProbe }: AuditReport): string[] {
  if (shortcutProbe === null) return ["shortcut probe: too few images per class", ""];
  const { combined, single, positiveClass, images } = shortcutProbe;
  const cells = (name: string, { auc, low, high }: typeof combined): string[] => [
    name,
    auc.toFixed(2),
    `${low.toFixed(2)}-${high.toFixed(2)}`,
  ];
  return [
    `shortcut probe: telling ${positiveClass} without the anatomy, ${images} images (0.5 is chance)`,
    ...textTable([
      ["feature", "AUC", "95 % interval"],
      cells("all together", combined),
      ...Object.entries(single).map(([name, value]) => cells(name, value)),
    ]),
    "",
  ];
}

function describeBlocking({ blocking }: AuditReport): string[] {
  if (blocking.length === 0) return [];
  const conflicts = blocking.filter(({ code }) => code === "label-conflict" || code === "mask-conflict");
  const groups = new Map(conflicts.map(({ ids }) => [ids.join(" "), ids]));
  return [
    "blocking:",
    ...blocking.map(({ code, message }) => `  ${code}: ${message}`),
    "",
    ...(groups.size === 0
      ? []
      : [
          `decide on the contradictions in ${datasetFiles.decisions}; lines to start from:`,
          '{"version": 1, "decisions": [',
          [...groups.values()].map((ids) => `  ${decisionSnippet(ids)}`).join(",\n"),
          "]}",
          "",
        ]),
  ];
}
