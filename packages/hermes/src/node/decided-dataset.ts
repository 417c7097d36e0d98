import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { applyDecisions, parseDecisions } from "../data/audit/decisions.js";
import { UserError } from "../errors.js";
import { type Dataset, datasetFiles } from "./dataset-folder.js";
import { sha256Bytes } from "./sha256-file.js";

export interface DecidedDataset {
  /** As imported, but for the decisions: dropped images are excluded, relabelled ones have their new class. */
  readonly dataset: Dataset;
  /** SHA-256 of `decisions.json`; `null` without one. */
  readonly decisionsHash: string | null;
}

/** Lays the decisions in `decisions.json` over a data set; splits, training and evaluation see the result. */
export async function decidedDataset(dataset: Dataset): Promise<DecidedDataset> {
  const path = join(dataset.folder, datasetFiles.decisions);
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (bytes === undefined) return { dataset, decisionsHash: null };
  const { header, samples } = dataset.manifest;
  const ids = new Set(samples.map(({ id }) => id));
  const decisions = parseDecisions(bytes.toString("utf8"), path, ids, header.classes);
  const manifest = { header, samples: applyDecisions(samples, decisions) };
  return { dataset: Object.freeze({ ...dataset, manifest }), decisionsHash: sha256Bytes(bytes) };
}

/**
 * As `decidedDataset`, for use with a split.
 *
 * @throws UserError if the decisions changed after the split was made
 */
export async function decidedDatasetOf(
  dataset: Dataset,
  split: { readonly decisionsHash: string | null },
): Promise<Dataset> {
  const decided = await decidedDataset(dataset);
  if (decided.decisionsHash === split.decisionsHash) return decided.dataset;
  throw UserError.of(
    join(dataset.folder, datasetFiles.decisions),
    "other decisions than the split was made with",
    "a split of the decisions as they are now",
    "make the split again with `hermes data split`",
  );
}
