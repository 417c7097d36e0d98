import { createHash } from "node:crypto";
import { join } from "node:path";
import type { OrtNodeModelOptions } from "@hermes-us/tensor/ort-node";
import { UserError } from "../errors.js";
import type { Evaluation } from "../evaluate/evaluation.js";
import { fitThresholds } from "../evaluate/operating-points.js";
import { perImageCsv } from "../evaluate/per-image-csv.js";
import { summariseImages } from "../evaluate/summarise-images.js";
import type { SpacingMm } from "../metrics/binary-mask.js";
import { readEvaluationAudit } from "./evaluation-audit.js";
import { type EvaluatedImage, evaluateImages } from "./evaluate-images.js";
import { type EvaluationSet, openEvaluationSet } from "./evaluation-set.js";
import { openEvaluationData } from "./open-evaluation-data.js";
import { type KnownPredictor, predictorFor } from "./predictor-for.js";
import { type RunKnowledge, readRunKnowledge, writeRunKnowledge } from "./run-knowledge.js";
import { evaluationReport } from "./evaluation-report.js";
import { writeFileAtomic } from "./write-file-atomic.js";

export interface EvaluateRunRequest {
  /** Folder of the run, or a model file. */
  readonly path: string;
  readonly data: string;
  /** `test`, `val`, `all`, or the path of a file of ids. */
  readonly split: string;
  /** Folder to write to; below the run's `report` by default. */
  readonly out?: string | undefined;
  /** Class of the set to class of the model, where the names differ. */
  readonly classMap: ReadonlyMap<string, string>;
  readonly spacingMm: SpacingMm | null;
  /** How the model is run. Default: on all processor threads. */
  readonly runtime?: OrtNodeModelOptions | undefined;
  readonly codeVersion: string;
  readonly signal: AbortSignal;
  onProgress?(done: number, total: number): void;
}

export interface EvaluatedRun {
  readonly evaluation: Evaluation;
  readonly folder: string;
}

export const evaluationFiles = {
  evaluation: "evaluation.json",
  images: "images.csv",
  report: "report.html",
} as const;

/**
 * Evaluates a run on images and writes evaluation.json, images.csv and report.html.
 * @throws UserError for images that the run was trained on, with their ids
 */
export async function evaluateRun(request: EvaluateRunRequest): Promise<EvaluatedRun> {
  const known = await predictorFor(request.path, request.runtime ?? {});
  await using predictor = known.predictor;
  const data = await openEvaluationData(request.data, request.signal);
  const earlier = await readRunKnowledge(known.folder, known.facts);
  const set = await openEvaluationSet({
    data,
    choice: request.split,
    facts: known.facts,
    knowledge: earlier,
  });
  const audit = data.kept === "in memory" ? null : await readEvaluationAudit(data.dataset);
  const evaluate = (samples: EvaluationSet["samples"]) =>
    evaluateImages({
      predictor,
      dataset: set.dataset,
      samples,
      classMap: request.classMap,
      spacingMm: request.spacingMm,
      calipers: audit?.calipers ?? null,
      signal: request.signal,
      onProgress: (done, total) => request.onProgress?.(done, total),
    });
  const images = await evaluate(set.samples);
  const knowledge = set.relation === "own" ? await learn(known, set, images, earlier, evaluate) : earlier;
  const evaluation = evaluationOf(request, known, set, images, knowledge, data.warnings);
  const folder = request.out ?? join(known.folder, "report", folderName(evaluation));
  const html = await evaluationReport({ evaluation, images, set, audit, known });
  await writeFileAtomic(join(folder, evaluationFiles.report), html);
  await writeFileAtomic(
    join(folder, evaluationFiles.images),
    perImageCsv(evaluation.images, known.facts.classes),
  );
  await writeFileAtomic(join(folder, evaluationFiles.evaluation), `${JSON.stringify(evaluation)}\n`);
  return { evaluation, folder };
}

/** Fits thresholds on the validation images, unless that was done before for these weights. */
async function learn(
  { facts, folder }: KnownPredictor,
  set: EvaluationSet,
  images: readonly EvaluatedImage[],
  earlier: RunKnowledge | undefined,
  evaluate: (samples: EvaluationSet["samples"]) => Promise<EvaluatedImage[]>,
): Promise<RunKnowledge> {
  if (earlier !== undefined) return earlier;
  const validation = set.part === "val" ? images : await evaluate(set.validation);
  const knowledge = {
    thresholds: fitThresholds(
      validation.map(({ result }) => result),
      facts.classes,
    ),
    trainingSha256: set.training.map(({ sha256 }) => sha256),
  };
  await writeRunKnowledge(folder, facts, knowledge);
  return knowledge;
}

function evaluationOf(
  request: EvaluateRunRequest,
  { facts }: KnownPredictor,
  set: EvaluationSet,
  images: readonly EvaluatedImage[],
  knowledge: RunKnowledge | undefined,
  warnings: readonly string[],
): Evaluation {
  const results = images.map(({ result }) => result);
  const { header } = set.dataset.manifest;
  const summary = summariseImages(results, facts.classes, knowledge?.thresholds ?? []);
  if (summary.segmentation === null && summary.classification === null) {
    throw UserError.of(
      request.data,
      `${images.length} images without an outline and without a class that the model knows (${facts.classes.join(", ")})`,
      "something to measure",
      "map the set's classes with --class-map, or give images with masks",
    );
  }
  return {
    kind: "hermes-evaluation",
    version: 1,
    time: new Date().toISOString(),
    codeVersion: request.codeVersion,
    run: facts,
    data: {
      title: header.title,
      format: header.format,
      licence: header.licence,
      citation: header.citation,
      manifestHash: set.dataset.manifestHash,
      relation: set.relation,
      part: set.part,
      imagesHash: imagesHash(images),
      images: images.length,
      groups: new Set(results.flatMap(({ group }) => group ?? [])).size,
    },
    testLooks: set.testLooks,
    notes: [...set.notes, ...unknownClasses(images, facts.classes), ...warnings],
    ...summary,
    images: results,
  };
}

function imagesHash(images: readonly EvaluatedImage[]): string {
  const hash = createHash("sha256");
  for (const { result } of images) hash.update(`${result.id}\n${result.sha256}\n`);
  return hash.digest("hex");
}

function unknownClasses(images: readonly EvaluatedImage[], classes: readonly string[]): string[] {
  const left = images.filter(({ sample, result }) => sample.className !== null && result.className === null);
  const names = [...new Set(left.map(({ sample }) => sample.className))];
  return names.length === 0
    ? []
    : [
        `${left.length} images have a class that the model does not know (${names.join(", ")}; it knows ${classes.join(", ")}): they count for segmentation alone.`,
      ];
}

const HASH_DIGITS = 12;

function folderName({ data }: Evaluation): string {
  const name = data.part === "ids" ? `ids-${data.imagesHash.slice(0, HASH_DIGITS)}` : data.part;
  return data.relation === "own" ? name : `other-${data.manifestHash.slice(0, HASH_DIGITS)}-${name}`;
}
