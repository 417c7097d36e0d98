export { type CheckCase, checkCases } from "./cases.js";
export { errorAgainstDifferences, type GradientClaim } from "./central-differences.js";
export { type CaseErrors, checkCase, REFERENCE_TOLERANCE } from "./check-case.js";
export { checkOnEngine, ENGINE_TOLERANCE } from "./check-engine.js";
export { relativeError } from "./relative-error.js";
export { type TracedCase, traceCase } from "./traced-case.js";
