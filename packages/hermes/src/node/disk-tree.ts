import { lstat, readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, join, relative, resolve, sep } from "node:path";
import type { FileTree } from "../data/file-tree.js";
import { byCodeUnit } from "../data/order.js";
import { type Complaint, UserError } from "../errors.js";
import { DATASET_FOLDER_NAME, datasetFiles } from "./dataset-folder.js";

export interface DiskTree extends FileTree {
  readonly folder: string;
  /** Links that leave the folder and names that cannot be used. */
  readonly problems: readonly Complaint[];
}

const SKIPPED_NAMES = new Set(["__MACOSX", "Thumbs.db", "desktop.ini", "node_modules"]);

/**
 * Lists a folder. Hidden files and the data set folder `hermes` in it are skipped; a symbolic link may point to
 * a file inside the folder, everything else it does is a problem.
 *
 * @throws UserError if the folder cannot be read
 */
export async function openDiskTree(path: string): Promise<DiskTree> {
  const folder = resolve(path);
  const root = await realpath(folder).catch(() => {
    throw UserError.of(path, "no such folder", "the folder with the images", "correct the path");
  });
  if (!(await stat(root)).isDirectory()) {
    throw UserError.of(
      path,
      "a file",
      "the folder with the images",
      "name the folder that holds it; unpack an archive first",
    );
  }
  const paths: string[] = [];
  const problems: Complaint[] = [];
  await walk(root, "", paths, problems);
  paths.sort(byCodeUnit);
  return {
    name: path,
    folder,
    problems,
    list: () => paths,
    readText: (file) => readFile(join(root, file), "utf8"),
    readBytes: (file) => readFile(join(root, file)),
  };
}

async function walk(root: string, below: string, paths: string[], problems: Complaint[]): Promise<void> {
  const entries = await readdir(join(root, below), { withFileTypes: true }).catch((error: unknown) => {
    throw unreadableFolder(join(root, below), error);
  });
  for (const entry of entries) {
    if (entry.name.startsWith(".") || SKIPPED_NAMES.has(entry.name)) continue;
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (/[\\\p{Cc}]/u.test(entry.name)) {
      problems.push(badName(path));
    } else if (entry.isSymbolicLink()) {
      const fault = await linkFault(root, path);
      if (fault === undefined) paths.push(path);
      else problems.push(fault);
    } else if (entry.isDirectory()) {
      if (!(await isDatasetFolder(root, path))) await walk(root, path, paths, problems);
    } else if (entry.isFile()) {
      paths.push(path);
    }
  }
}

async function isDatasetFolder(root: string, path: string): Promise<boolean> {
  if (basename(path) !== DATASET_FOLDER_NAME) return false;
  return lstat(join(root, path, datasetFiles.manifest)).then(
    () => true,
    () => false,
  );
}

async function linkFault(root: string, path: string): Promise<Complaint | undefined> {
  const target = await realpath(join(root, path)).catch(() => undefined);
  if (target === undefined) {
    return {
      what: path,
      got: "a link to nothing",
      wanted: "a file",
      fix: "remove the link, or copy the file in",
    };
  }
  if (relative(root, target).split(sep)[0] === "..") {
    return {
      what: path,
      got: `a link that leaves the folder (to ${target})`,
      wanted: "a file inside the folder",
      fix: "copy the file in instead of linking to it",
    };
  }
  if (!(await stat(target)).isFile()) {
    return {
      what: path,
      got: "a link to a folder",
      wanted: "a file or a real folder",
      fix: "remove the link; the folder itself is read",
    };
  }
  return undefined;
}

function badName(path: string): Complaint {
  return {
    what: JSON.stringify(path),
    got: "a backslash or control character in the name",
    wanted: "a plain file name",
    fix: "rename the file",
  };
}

function unreadableFolder(path: string, error: unknown): UserError {
  const reason = error instanceof Error ? error.message : String(error);
  return UserError.of(
    path,
    `a folder that cannot be read (${reason})`,
    "a readable folder",
    "give yourself permission to read it",
  );
}
