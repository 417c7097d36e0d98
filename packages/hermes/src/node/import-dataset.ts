import { readFile } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { detectImporter, type ImporterName, importerNamed } from "../data/importers/detect.js";
import { type ImportChoices, toManifest } from "../data/importers/to-manifest.js";
import { hashManifest, parseManifest, serialiseManifest } from "../data/manifest.js";
import type { Manifest } from "../data/sample.js";
import { type Complaint, UserError } from "../errors.js";
import { DATASET_FOLDER_NAME, datasetFiles } from "./dataset-folder.js";
import { openDiskTree } from "./disk-tree.js";
import { fileInspector } from "./file-inspector.js";
import { writeFileAtomic } from "./write-file-atomic.js";

export interface ImportDatasetRequest {
  /** Folder of the images. */
  readonly folder: string;
  /** `auto`: told from the files. */
  readonly format: ImporterName | "auto";
  /** Data set folder to write; `<folder>/hermes` by default. */
  readonly out?: string | undefined;
  readonly choices: ImportChoices;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ImportedDataset {
  /** The data set folder written. */
  readonly folder: string;
  readonly manifest: Manifest;
  readonly manifestHash: string;
  readonly warnings: readonly Complaint[];
  /** Against the manifest that was there before; splits of a changed one have to be made anew. */
  readonly change: "new" | "same" | "changed";
}

/**
 * Imports a folder and writes its manifest, whole or not at all.
 *
 * @throws UserError with all problems together
 */
export async function importDataset(request: ImportDatasetRequest): Promise<ImportedDataset> {
  const tree = await openDiskTree(request.folder);
  const importer = request.format === "auto" ? await detectImporter(tree) : importerNamed(request.format);
  const folder = resolve(request.out ?? join(request.folder, DATASET_FOLDER_NAME));
  const result = await toManifest({
    importer,
    tree,
    inspector: fileInspector(tree),
    choices: request.choices,
    root: relative(folder, tree.folder).split(sep).join("/") || ".",
    onProgress: request.onProgress,
    signal: request.signal,
  }).catch((error: unknown) => {
    throw error instanceof UserError ? new UserError([...tree.problems, ...error.complaints]) : error;
  });
  if (tree.problems.length > 0) throw new UserError(tree.problems);
  const path = join(folder, datasetFiles.manifest);
  const manifestHash = hashManifest(result.manifest);
  const before = await hashOfExisting(path);
  await writeFileAtomic(path, serialiseManifest(result.manifest));
  const change = before === undefined ? "new" : before === manifestHash ? "same" : "changed";
  return { folder, manifest: result.manifest, manifestHash, warnings: result.warnings, change };
}

/** @returns `undefined` if there is none, or none that can be read */
async function hashOfExisting(path: string): Promise<string | undefined> {
  try {
    return hashManifest(parseManifest(await readFile(path, "utf8"), path));
  } catch {
    return undefined;
  }
}
