import { realpathSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { hashManifest, parseManifest } from "../data/manifest.js";
import type { Manifest } from "../data/sample.js";
import { UserError } from "../errors.js";

/** The folder beside the images (or elsewhere) that holds all that Hermes knows about a data set. */
export const DATASET_FOLDER_NAME = "hermes";

export const datasetFiles = {
  manifest: "manifest.jsonl",
  audit: "audit.json",
  decisions: "decisions.json",
  ledger: "ledger.jsonl",
  splits: "splits",
  cache: "cache",
} as const;

export interface Dataset {
  /** Absolute path of the data set folder. */
  readonly folder: string;
  /** Absolute path of the image folder. */
  readonly root: string;
  readonly manifest: Manifest;
  readonly manifestHash: string;
  /**
   * @param relativePath below `root`, as in the manifest
   * @returns absolute path of an existing file
   * @throws UserError if it is missing or leaves the root, also through a symbolic link
   */
  pathOf(relativePath: string): string;
}

/** @param path the data set folder itself, or an image folder that has one named `hermes` in it */
export async function openDataset(path: string): Promise<Dataset> {
  const folder = await findDatasetFolder(path);
  const manifestPath = join(folder, datasetFiles.manifest);
  const manifest = parseManifest(await readFile(manifestPath, "utf8"), manifestPath);
  const root = resolve(folder, manifest.header.root);
  const realRoot = realRootOf(root, manifestPath);
  return Object.freeze({
    folder,
    root,
    manifest,
    manifestHash: hashManifest(manifest),
    pathOf: (relativePath: string) => resolveInside(realRoot, relativePath),
  });
}

async function findDatasetFolder(path: string): Promise<string> {
  for (const folder of [resolve(path), resolve(path, DATASET_FOLDER_NAME)]) {
    if (await isFile(join(folder, datasetFiles.manifest))) return folder;
  }
  throw UserError.of(
    path,
    "no manifest.jsonl in it or in its folder `hermes`",
    "a data set folder, or an image folder that was imported",
    `run \`hermes data import ${JSON.stringify(path)}\` first`,
  );
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

function realRootOf(root: string, manifestPath: string): string {
  try {
    return realpathSync(root);
  } catch {
    throw UserError.of(
      manifestPath,
      `the image folder ${root}, which is not there`,
      "the folder that the field `root` of its first line points to",
      "move the images back, or import them again",
    );
  }
}

/**
 * @param realRoot absolute path without symbolic links
 * @throws UserError if the file is missing or not below the root once links are followed
 */
function resolveInside(realRoot: string, relativePath: string): string {
  const full = resolve(realRoot, relativePath);
  let real: string;
  try {
    real = realpathSync(full);
  } catch {
    throw UserError.of(
      full,
      "no such file",
      "the image or mask named in the manifest",
      "put the file back, or run `hermes data import` again",
    );
  }
  if (isAbsolute(relativePath) || !isBelow(realRoot, full) || !isBelow(realRoot, real)) {
    throw UserError.of(
      full,
      `a path that leaves ${realRoot} (to ${real})`,
      "a file inside the image folder",
      "copy the file into the folder instead of linking to it",
    );
  }
  return full;
}

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
