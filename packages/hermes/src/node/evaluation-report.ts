import type { Evaluation } from "../evaluate/evaluation.js";
import type { EvaluatedImage } from "./evaluate-images.js";
import type { EvaluationAudit } from "./evaluation-audit.js";
import type { EvaluationSet } from "./evaluation-set.js";
import type { KnownPredictor } from "./predictor-for.js";

export interface EvaluationReportRequest {
  readonly evaluation: Evaluation;
  readonly images: readonly EvaluatedImage[];
  readonly set: EvaluationSet;
  readonly audit: EvaluationAudit | null;
  readonly known: KnownPredictor;
}

/** @returns a page that needs no other file */
export async function writeEvaluationReport(request: EvaluationReportRequest): Promise<string> {
  return `<!doctype html><title>${request.evaluation.run.id}</title>`;
}
