import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { LedgerEntry } from "../data/split/test-ledger.js";
import type { Evaluation } from "../evaluate/evaluation.js";
import { galleryLists } from "../evaluate/report/gallery.js";
import { reportPage } from "../evaluate/report/report-page.js";
import { trainingCurves } from "../evaluate/report/training-charts.js";
import type { EvaluatedImage } from "./evaluate-images.js";
import type { EvaluationAudit } from "./evaluation-audit.js";
import { galleryImages, galleryMaps } from "./evaluation-report-pictures.js";
import type { EvaluationSet } from "./evaluation-set.js";
import { ledgerFile } from "./ledger-file.js";
import type { KnownPredictor } from "./predictor-for.js";
import { runFiles } from "./run-directory.js";

export interface EvaluationReportRequest {
  readonly evaluation: Evaluation;
  readonly images: readonly EvaluatedImage[];
  readonly set: EvaluationSet;
  readonly audit: EvaluationAudit | null;
  readonly known: KnownPredictor;
}

/** More pictures make a page too heavy to open; the worst are shown. */
const MAX_SHOWN = 400;

/** @returns the HTML of a page that needs no other file */
export async function evaluationReport(request: EvaluationReportRequest): Promise<string> {
  const { evaluation, images, set, audit, known } = request;
  const lists = galleryLists(evaluation.images, evaluation.run.classes);
  const listed = new Set(lists.flatMap(({ ids }) => ids));
  const shown = images
    .toSorted((a, b) => rankOf(a, listed) - rankOf(b, listed))
    .slice(0, Math.max(MAX_SHOWN, listed.size));
  return reportPage({
    evaluation,
    curves: trainingCurves(await eventLines(known.folder)),
    findings: audit?.findings ?? null,
    ledger: await openings(evaluation, set),
    gallery: await galleryImages(set.dataset, shown),
    maps: await galleryMaps(
      set.dataset,
      known.predictor,
      images.filter(({ sample }) => listed.has(sample.id)),
    ),
  });
}

/** Listed images first, then by Dice. */
function rankOf({ sample, result }: EvaluatedImage, listed: ReadonlySet<string>): number {
  return listed.has(sample.id) ? -1 : (result.segmentation?.dice ?? 2);
}

async function openings(evaluation: Evaluation, set: EvaluationSet): Promise<LedgerEntry[]> {
  if (evaluation.testLooks === null) return [];
  const hash = set.relation === "own" ? evaluation.run.splitHash : evaluation.data.manifestHash;
  return (await ledgerFile(set.dataset).entries()).filter(({ splitHash }) => splitHash === hash);
}

async function eventLines(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, runFiles.events), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return text.split("\n");
}
