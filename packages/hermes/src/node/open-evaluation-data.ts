import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { formatComplaint } from "../errors.js";
import { type Dataset, DATASET_FOLDER_NAME, datasetFiles, openDataset } from "./dataset-folder.js";
import { importDataset } from "./import-dataset.js";

/** A data set to be evaluated on; `in memory`: read for this once, nothing is written beside the images. */
export interface EvaluationData {
  readonly dataset: Dataset;
  readonly kept: "data set folder" | "in memory";
  /** What the import left out or changed. */
  readonly warnings: readonly string[];
}

/**
 * Opens a data set folder, or reads a folder of images in the form of any importer.
 * @throws UserError for a folder that is neither
 */
export async function openEvaluationData(path: string, signal: AbortSignal): Promise<EvaluationData> {
  if (await hasManifest(path)) {
    return { dataset: await openDataset(path), kept: "data set folder", warnings: [] };
  }
  const out = await mkdtemp(join(tmpdir(), "hermes-evaluate-"));
  try {
    const { warnings } = await importDataset({ folder: path, format: "auto", out, choices: {}, signal });
    return { dataset: await openDataset(out), kept: "in memory", warnings: warnings.map(formatComplaint) };
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

async function hasManifest(path: string): Promise<boolean> {
  for (const folder of [resolve(path), resolve(path, DATASET_FOLDER_NAME)]) {
    const found = await stat(join(folder, datasetFiles.manifest)).catch(() => undefined);
    if (found?.isFile() === true) return true;
  }
  return false;
}
