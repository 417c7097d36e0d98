export {
  type AuditReport,
  type AuditVerdict,
  auditReportSchema,
  summariseFindings,
  verdictOf,
} from "./audit-report.js";
export { applyDecisions, type Decision, decisionSnippet, parseDecisions } from "./decisions.js";
export { type Finding, type FindingCode, findingKinds, type Severity } from "./finding.js";
export type { ShortcutProbe } from "./shortcut-probe.js";
