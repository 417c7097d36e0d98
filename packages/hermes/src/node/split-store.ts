import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type SplitFile, serialiseSplit, verifySplit } from "../data/split/split-file.js";
import { UserError } from "../errors.js";
import { type Dataset, datasetFiles } from "./dataset-folder.js";
import { writeFileAtomic } from "./write-file-atomic.js";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** @throws UserError if the name cannot be a file name */
export function splitPath(dataset: Dataset, name: string): string {
  if (!NAME.test(name)) {
    throw UserError.of(
      `split name ${JSON.stringify(name)}`,
      "other characters",
      "letters, digits, dot, dash and underscore",
      "choose another --name",
    );
  }
  return join(dataset.folder, datasetFiles.splits, `${name}.json`);
}

/** @throws UserError if there is none, or it was changed, or the data set was */
export async function readSplit(dataset: Dataset, name: string): Promise<SplitFile> {
  const path = splitPath(dataset, name);
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text !== undefined) return verifySplit(text, path, dataset.manifestHash);
  const names = await listSplits(dataset);
  throw UserError.of(
    path,
    "no such file",
    names.length === 0 ? "a split" : `one of ${names.join(", ")}`,
    "make it with `hermes data split`",
  );
}

/** @returns names in code-unit order */
export async function listSplits(dataset: Dataset): Promise<string[]> {
  const files = await readdir(join(dataset.folder, datasetFiles.splits)).catch((): string[] => []);
  return files
    .filter((file) => file.endsWith(".json") && NAME.test(file))
    .map((file) => file.slice(0, -".json".length))
    .sort();
}

/**
 * Writes splits under their names. A name that is taken by another split is refused: runs refer to splits by hash,
 * and a split that changes under its name cannot be told apart by people.
 *
 * @returns whether each was there already, the same
 */
export async function writeSplits(
  dataset: Dataset,
  splits: ReadonlyMap<string, SplitFile>,
  onTaken: "refuse" | "replace",
): Promise<void> {
  const complaints = [];
  for (const [name, split] of splits) {
    const path = splitPath(dataset, name);
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text === undefined || text === serialiseSplit(split) || onTaken === "replace") continue;
    complaints.push({
      what: path,
      got: "another split of that name",
      wanted: "a new name, or the same split",
      fix: "choose another --name, or replace it with --on-taken replace",
    });
  }
  if (complaints.length > 0) throw new UserError(complaints);
  for (const [name, split] of splits) await writeFileAtomic(splitPath(dataset, name), serialiseSplit(split));
}
