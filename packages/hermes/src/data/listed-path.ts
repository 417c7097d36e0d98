import { type FileTree, fileNameOf, joinPath } from "./file-tree.js";

export type ListedPath =
  | { readonly kind: "found"; readonly path: string }
  | { readonly kind: "missing" }
  | { readonly kind: "ambiguous"; readonly paths: readonly string[] }
  | { readonly kind: "outside" };

/** Finds files that a list or table names: below the given folders first, else by a unique ending of the path. */
export class PathFinder {
  readonly #paths: ReadonlySet<string>;
  readonly #byName = new Map<string, string[]>();

  constructor(tree: FileTree) {
    this.#paths = new Set(tree.list());
    for (const path of tree.list()) {
      const name = fileNameOf(path);
      this.#byName.set(name, [...(this.#byName.get(name) ?? []), path]);
    }
  }

  /** @param folders where to look first, in this order; `""` is the top */
  find(named: string, folders: readonly string[]): ListedPath {
    const path = named.replaceAll("\\", "/").replace(/^(\.\/)+/, "");
    if (path.split("/").includes("..")) return { kind: "outside" };
    for (const folder of folders) {
      const full = joinPath(folder, path);
      if (this.#paths.has(full)) return { kind: "found", path: full };
    }
    const found = (this.#byName.get(fileNameOf(path)) ?? []).filter((candidate) =>
      candidate.endsWith(`/${path}`),
    );
    if (found.length > 1) return { kind: "ambiguous", paths: found };
    return found[0] === undefined ? { kind: "missing" } : { kind: "found", path: found[0] };
  }
}

/** @returns what was found, in the words of a complaint */
export function describeListedPath(named: string, found: Exclude<ListedPath, { kind: "found" }>): string {
  const name = JSON.stringify(named);
  switch (found.kind) {
    case "missing":
      return `${name}, which is not there`;
    case "outside":
      return `${name}, which leaves the folder`;
    case "ambiguous":
      return `${name}, which could be ${found.paths.join(" or ")}`;
    default:
      return found satisfies never;
  }
}
