export {
  type AuditReport,
  type AuditVerdict,
  summariseFindings,
  verdictOf,
} from "./audit-report.js";
export { applyDecisions, type Decision, decisionSnippet, parseDecisions } from "./decisions.js";
