import { makeFolds, makeOwnFolds } from "../data/split/kfold.js";
import { makeSplit, type SplitRequest } from "../data/split/make-split.js";
import type { SplitFile, SplitOptions } from "../data/split/split-file.js";
import { readAuditFacts } from "./audit-facts.js";
import type { Dataset } from "./dataset-folder.js";
import { decidedDataset } from "./decided-dataset.js";
import { writeSplits } from "./split-store.js";

export interface SplitDatasetRequest {
  readonly dataset: Dataset;
  readonly name: string;
  readonly seed: number;
  readonly options: Omit<SplitOptions, "fold">;
  /** `own`: the set's own folds. */
  readonly folds?: number | "own" | undefined;
  readonly onTaken: "refuse" | "replace";
}

export interface SplitDatasetResult {
  /** By name; folds are called `<name>-fold1`, … */
  readonly splits: ReadonlyMap<string, SplitFile>;
  readonly audited: "yes" | "no";
}

/** Splits a data set, as the decisions on it have left it, and writes the result, whole or not at all. */
export async function splitDataset(request: SplitDatasetRequest): Promise<SplitDatasetResult> {
  const { dataset, name, folds, seed, options } = request;
  const audit = await readAuditFacts(dataset);
  const { dataset: decided, decisionsHash } = await decidedDataset(dataset);
  const { manifest, manifestHash } = decided;
  const nearDuplicateGroups = audit?.nearDuplicateGroups ?? null;
  const splits = splitsOf(
    { manifest, manifestHash, decisionsHash, nearDuplicateGroups, seed, options },
    name,
    folds,
  );
  await writeSplits(dataset, splits, request.onTaken);
  return { splits, audited: audit === undefined ? "no" : "yes" };
}

function splitsOf(
  request: SplitRequest,
  name: string,
  folds: number | "own" | undefined,
): Map<string, SplitFile> {
  if (folds === undefined) return new Map([[name, makeSplit(request)]]);
  const splits = folds === "own" ? makeOwnFolds(request) : makeFolds(request, folds);
  return new Map(splits.map((split) => [`${name}-fold${split.options.fold?.index}`, split]));
}
