import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { UserError } from "../errors.js";
import { type Comparison, compareEvaluations } from "../evaluate/compare/compare-evaluations.js";
import { comparisonPage } from "../evaluate/compare/comparison-page.js";
import { comparisonCsv, comparisonMarkdown } from "../evaluate/compare/comparison-tables.js";
import { type Evaluation, parseEvaluation } from "../evaluate/evaluation.js";
import { evaluateRun, evaluationFiles } from "./evaluate-run.js";
import { runFiles } from "./run-directory.js";
import { writeFileAtomic } from "./write-file-atomic.js";

export interface CompareRunsRequest {
  /** Folders of runs. */
  readonly runs: readonly string[];
  readonly on: "test" | "val";
  readonly baseline: string;
  /** For runs that were not evaluated yet; `undefined`: these are refused. */
  readonly data?: string | undefined;
  /** `comparison` in the working folder by default. */
  readonly out?: string | undefined;
  readonly codeVersion: string;
  readonly signal: AbortSignal;
  onEvaluate?(run: string): void;
}

export const comparisonFiles = {
  page: "comparison.html",
  markdown: "comparison.md",
  table: "comparison.csv",
  numbers: "comparison.json",
} as const;

/**
 * Compares runs by their evaluations and writes tables and curves.
 * @throws UserError if runs were not evaluated on the same images
 */
export async function compareRuns(
  request: CompareRunsRequest,
): Promise<{ readonly comparison: Comparison; readonly folder: string }> {
  const evaluations: Evaluation[] = [];
  for (const run of new Set(request.runs.map((one) => resolve(one)))) {
    evaluations.push((await knownEvaluation(run, request.on)) ?? (await evaluateNow(run, request)));
  }
  const comparison = compareEvaluations(evaluations, request.baseline);
  const folder = resolve(request.out ?? "comparison");
  await writeFileAtomic(join(folder, comparisonFiles.page), comparisonPage(comparison));
  await writeFileAtomic(join(folder, comparisonFiles.markdown), comparisonMarkdown(comparison));
  await writeFileAtomic(join(folder, comparisonFiles.table), comparisonCsv(comparison));
  await writeFileAtomic(
    join(folder, comparisonFiles.numbers),
    `${JSON.stringify(comparison, undefined, 1)}\n`,
  );
  return { comparison, folder };
}

/** @returns `undefined` if there is none, or the run went on training since */
async function knownEvaluation(run: string, on: "test" | "val"): Promise<Evaluation | undefined> {
  const path = join(run, "report", on, evaluationFiles.evaluation);
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const evaluation = parseEvaluation(text, path);
  const weights = await readFile(join(run, runFiles.checkpoints, runFiles.best)).catch(() => undefined);
  if (weights === undefined) return evaluation;
  const sha256 = createHash("sha256").update(weights).digest("hex");
  return sha256 === evaluation.run.weightsSha256 ? evaluation : undefined;
}

async function evaluateNow(run: string, request: CompareRunsRequest): Promise<Evaluation> {
  const { data, on, codeVersion, signal } = request;
  if (data === undefined) {
    throw UserError.of(
      run,
      `no evaluation on ${on}, or one of older weights`,
      "an evaluated run, or the data to evaluate it on",
      "give the data set with --data, or run `hermes evaluate` first",
    );
  }
  request.onEvaluate?.(run);
  const { evaluation } = await evaluateRun({
    path: run,
    data,
    split: on,
    classMap: new Map(),
    spacingMm: null,
    codeVersion,
    signal,
  });
  return evaluation;
}
