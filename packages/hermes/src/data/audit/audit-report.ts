import { z } from "zod";
import { type Finding, type FindingCode, findingKinds, severitySchema } from "./finding.js";
import { shortcutProbeSchema } from "./shortcut-probe.js";

const findingSchema = z.strictObject({
  code: z.enum(Object.keys(findingKinds) as [FindingCode, ...FindingCode[]]),
  severity: severitySchema,
  ids: z.array(z.string()),
  message: z.string(),
});

/** The content of `audit.json`. */
export const auditReportSchema = z.strictObject({
  kind: z.literal("hermes-audit"),
  version: z.literal(1),
  manifestHash: z.string(),
  /** SHA-256 of `decisions.json` as the audit read it; `null` without one. */
  decisionsHash: z.string().nullable(),
  images: z.number().int(),
  findings: z.array(findingSchema),
  /** Ids of images that show one frame; splits keep each group together. */
  nearDuplicateGroups: z.array(z.array(z.string())),
  /** What keeps the set from being trained on until it is decided or repaired. */
  blocking: z.array(z.strictObject({ code: z.string(), ids: z.array(z.string()), message: z.string() })),
  shortcutProbe: shortcutProbeSchema.nullable(),
});
export type AuditReport = z.output<typeof auditReportSchema>;

export type AuditVerdict = "clean" | "warnings" | "blocked";

export function verdictOf({ findings }: Pick<AuditReport, "findings">): AuditVerdict {
  if (findings.some(({ severity }) => severity === "blocking")) return "blocked";
  return findings.some(({ severity }) => severity === "warning") ? "warnings" : "clean";
}

export interface FindingSummary {
  readonly code: FindingCode;
  readonly severity: Finding["severity"];
  readonly findings: number;
  readonly images: number;
  readonly meaning: string;
}

const SEVERITY_ORDER = { blocking: 0, warning: 1, info: 2 } as const;

/** @returns one row per kind and severity, the worst first */
export function summariseFindings(findings: readonly Finding[]): FindingSummary[] {
  const rows = new Map<string, Finding[]>();
  for (const one of findings) {
    const name = `${one.severity} ${one.code}`;
    rows.set(name, [...(rows.get(name) ?? []), one]);
  }
  const codes = Object.keys(findingKinds);
  return [...rows.values()]
    .map((same) => ({
      code: same[0]!.code,
      severity: same[0]!.severity,
      findings: same.length,
      images: new Set(same.flatMap(({ ids }) => ids)).size,
      meaning: findingKinds[same[0]!.code].meaning,
    }))
    .sort(
      (a, b) =>
        SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity] ||
        codes.indexOf(a.code) - codes.indexOf(b.code),
    );
}
