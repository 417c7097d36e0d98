import { type FileTree, fileNameOf, folderOf, joinPath } from "../file-tree.js";
import { describeListedPath, PathFinder } from "../listed-path.js";
import { DraftBuilder } from "./draft-builder.js";
import { defineImporter, type DraftSample, type MaskDraft } from "./importer.js";

const LABELLED_LIST = /^labell?ed.*\.txt$/i;
const UNLABELLED_LIST = /^unlabell?ed.*\.txt$/i;
const GROUP_PREFIX = /^(L\d+-\d+)/;

/**
 * SZ-TUS, thyroid, in the form of its lists: `labeled.txt` with `image mask class` per line, `unlabeled.txt` with
 * the image alone (what follows it is not read: an unlabelled image has no labels). The case is the prefix
 * `L<k>-<case>` of the file name. Several lists of a kind are united; labelled wins over unlabelled.
 */
export const szTus = defineImporter({
  name: "sz-tus",
  title: "SZ-TUS, thyroid ultrasound images, or lists of its form",
  licence: "private to its owners",
  citation: null,
  classMap: { "0": "benign", "1": "malignant", benign: "benign", malignant: "malignant" },
  otherClasses: "refuse",
  detect: async (tree) => tree.list().some((path) => LABELLED_LIST.test(fileNameOf(path))),
  async read(tree) {
    const draft = new DraftBuilder();
    const finder = new PathFinder(tree);
    const samples = new Map<string, DraftSample>();
    for (const list of listsOf(tree, LABELLED_LIST)) await readLabelled(tree, list, finder, draft, samples);
    for (const list of listsOf(tree, UNLABELLED_LIST))
      await readUnlabelled(tree, list, finder, draft, samples);
    for (const sample of samples.values()) draft.add(sample);
    return draft.build();
  },
});

function listsOf(tree: FileTree, name: RegExp): string[] {
  return tree.list().filter((path) => name.test(fileNameOf(path)));
}

type Samples = Map<string, DraftSample>;

async function readLabelled(
  tree: FileTree,
  list: string,
  finder: PathFinder,
  draft: DraftBuilder,
  samples: Samples,
) {
  for (const { words, where } of await linesOf(tree, list)) {
    const [imageName, maskName, rawClass, ...rest] = words;
    if (imageName === undefined || maskName === undefined || rawClass === undefined || rest.length > 0) {
      draft.problem(
        where,
        `${words.length} words`,
        "`image mask class` separated by spaces",
        "correct the line; names must not hold spaces",
      );
      continue;
    }
    const image = find(finder, imageName, list, where, draft);
    const mask = find(finder, maskName, list, where, draft);
    if (image === undefined || mask === undefined) continue;
    const before = samples.get(image);
    if (before !== undefined && before.rawClass !== rawClass) {
      draft.problem(
        where,
        `class ${rawClass} for ${imageName}`,
        `class ${before.rawClass}, as in another line`,
        "decide for one",
      );
      continue;
    }
    samples.set(image, sampleOf(image, [{ kind: "file", path: mask }], rawClass));
  }
}

async function readUnlabelled(
  tree: FileTree,
  list: string,
  finder: PathFinder,
  draft: DraftBuilder,
  samples: Samples,
) {
  for (const { words, where } of await linesOf(tree, list)) {
    const image = find(finder, words[0] ?? "", list, where, draft);
    if (image !== undefined && !samples.has(image)) samples.set(image, sampleOf(image, null, null));
  }
}

async function linesOf(tree: FileTree, list: string): Promise<{ words: string[]; where: string }[]> {
  const lines = (await tree.readText(list)).replace(/^\uFEFF/, "").split(/\r?\n/);
  return lines
    .map((line, index) => ({
      words: line.split(/\s+/).filter((word) => word !== ""),
      where: `${list}, line ${index + 1}`,
    }))
    .filter(({ words }) => words.length > 0);
}

function find(
  finder: PathFinder,
  name: string,
  list: string,
  where: string,
  draft: DraftBuilder,
): string | undefined {
  const base = folderOf(list);
  const found = finder.find(name, [base, joinPath(base, "images"), joinPath(base, "masks"), ""]);
  if (found.kind === "found") return found.path;
  draft.problem(
    where,
    describeListedPath(name, found),
    "a file inside the folder",
    "correct the path or put the file back",
  );
  return undefined;
}

function sampleOf(image: string, masks: readonly MaskDraft[] | null, rawClass: string | null): DraftSample {
  const group = GROUP_PREFIX.exec(fileNameOf(image))?.[1] ?? null;
  return { image, masks, rawClass, group, attributes: { list: masks === null ? "unlabeled" : "labeled" } };
}
