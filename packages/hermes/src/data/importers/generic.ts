import { type FileTree, fileNameOf, folderOf, isImageName, joinPath, stemOf } from "../file-tree.js";
import { describeListedPath, PathFinder } from "../listed-path.js";
import { findColumn, missingColumns, parseTable, type Table } from "../table.js";
import { DraftBuilder } from "./draft-builder.js";
import { defineImporter, type ImporterOptions, type MaskDraft } from "./importer.js";

const IMAGE_FOLDERS = ["images", "image", "imgs", "img"];
const MASK_FOLDERS = ["masks", "mask", "labels", "annotations", "gt", "segmentations"];
const USUAL_COLUMNS = {
  idColumn: ["id", "image", "filename", "file", "file_name", "name", "image_id"],
  classColumn: ["class", "label", "pathology", "diagnosis", "type"],
  groupColumn: ["patient", "case", "group", "patient_id", "case_id", "subject"],
  foldColumn: ["fold"],
} as const;
const CLASS_FOLDER_WORDS = ["benign", "malignant", "normal"];
const MASK_ENDING = /[_\- ](mask|gt|seg|segmentation|label)([_-]?\d+)?$/i;
const MASK_BEGINNING = /^(mask|gt|seg)[_\- ]/i;

/**
 * Any folder of images: `images/` and `masks/` (or masks beside the images as `x_mask.png`), classes and groups
 * from a CSV table or classes from folder names. Whatever is missing stays unknown, image by image.
 */
export const generic = defineImporter({
  name: "generic",
  title: "a folder of images",
  licence: "unknown",
  citation: null,
  classMap: { normal: "excluded" },
  otherClasses: "keep",
  detect: async (tree) => tree.list().some(isImageName),
  async read(tree, options) {
    const draft = new DraftBuilder();
    const { images, masks } = sortFiles(tree, options);
    checkFolders(tree, options, draft);
    const facts = await readTableFacts(tree, options, images, draft);
    const folderClasses = folderClassesOf(images, options, facts, tree, draft);
    const masksOf = pairMasks(images, masks, draft);
    for (const image of images) {
      const row = facts?.get(image);
      if (facts !== undefined && row === undefined) {
        draft.warn(
          image,
          "no line in the table",
          "its class and group",
          "add the line; the image counts as unlabelled",
        );
      }
      const files = masksOf.get(image);
      draft.add({
        image,
        masks: files ?? null,
        rawClass: row?.rawClass ?? folderClasses.get(image) ?? null,
        group: row?.group ?? null,
        attributes: row?.fold === undefined ? {} : { fold: row.fold },
      });
    }
    return draft.build();
  },
});

function isInFolder(path: string, names: readonly string[]): boolean {
  return folderOf(path)
    .split("/")
    .some((part) => names.includes(part.toLowerCase()));
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(`${folder.replace(/^\.\/|\/+$/g, "")}/`);
}

function sortFiles(tree: FileTree, options: ImporterOptions): { images: string[]; masks: string[] } {
  const pictures = tree.list().filter(isImageName);
  const stems = new Set(pictures.map((path) => joinPath(folderOf(path), stemOf(path))));
  const isMask = (path: string): boolean => {
    if (options.masks !== undefined) return isBelow(path, options.masks);
    if (isInFolder(path, MASK_FOLDERS)) return true;
    return (
      MASK_ENDING.test(stemOf(path)) &&
      stems.has(joinPath(folderOf(path), stemOf(path).replace(MASK_ENDING, "")))
    );
  };
  const masks = pictures.filter(isMask);
  const rest = pictures.filter((path) => !isMask(path));
  const inFolder = rest.filter((path) => isInFolder(path, IMAGE_FOLDERS));
  if (options.images !== undefined) {
    const { images } = options;
    return { images: rest.filter((path) => isBelow(path, images)), masks };
  }
  return { images: inFolder.length > 0 ? inFolder : rest, masks };
}

function checkFolders(tree: FileTree, options: ImporterOptions, draft: DraftBuilder): void {
  for (const [option, folder] of [
    ["--images", options.images],
    ["--masks", options.masks],
  ] as const) {
    if (folder === undefined || tree.list().some((path) => isBelow(path, folder))) continue;
    const tops = new Set(
      tree
        .list()
        .map(folderOf)
        .filter((path) => path !== ""),
    );
    draft.problem(
      `${option} ${folder}`,
      "no file below it",
      `one of the folders ${[...tops].slice(0, 8).join(", ")}`,
      "name the folder relative to the data folder",
    );
  }
}

interface RowFacts {
  readonly rawClass: string | null;
  readonly group: string | null;
  readonly fold?: number;
}

/** What the table says, by image path; `undefined` without a table. */
async function readTableFacts(
  tree: FileTree,
  options: ImporterOptions,
  images: readonly string[],
  draft: DraftBuilder,
): Promise<Map<string, RowFacts> | undefined> {
  const path = findTable(tree, options, draft);
  if (path === undefined) return undefined;
  return draft.attempt(async () => {
    const table = parseTable(await tree.readText(path), path);
    const columns = columnsOf(table, options);
    const finder = imageFinder(images);
    const facts = new Map<string, RowFacts>();
    for (const { line, cells } of table.rows) {
      const named = cells[columns.id] ?? "";
      const image = finder(named);
      if (typeof image !== "string") {
        draft.warn(
          `${path}, line ${line}`,
          describeListedPath(named, image),
          "the name of an image",
          "correct the name; the line was left out",
        );
        continue;
      }
      const cell = (column: string | undefined) => (column === undefined ? "" : (cells[column] ?? ""));
      const fold = Number.parseInt(cell(columns.fold), 10);
      facts.set(image, {
        rawClass: cell(columns.class) || null,
        group: cell(columns.group) || null,
        ...(Number.isInteger(fold) ? { fold } : {}),
      });
    }
    return facts;
  });
}

function findTable(tree: FileTree, options: ImporterOptions, draft: DraftBuilder): string | undefined {
  const tables = tree.list().filter((path) => /\.csv$/i.test(path));
  if (options.csv !== undefined) {
    const found = new PathFinder(tree).find(options.csv, [""]);
    if (found.kind === "found") return found.path;
    draft.problem(
      `--csv ${options.csv}`,
      describeListedPath(options.csv, found),
      `one of ${tables.join(", ") || "no table"}`,
      "name the table relative to the data folder",
    );
    return undefined;
  }
  if (options.classFrom === "folder" || options.classFrom === "none") return undefined;
  if (tables.length > 1) {
    draft.problem(tree.name, `the tables ${tables.join(", ")}`, "one table", "name it with --csv");
    return undefined;
  }
  return tables[0];
}

function columnsOf(table: Table, options: ImporterOptions) {
  const named = (key: keyof typeof USUAL_COLUMNS) => {
    const name = options[key];
    return { name, column: findColumn(table, name === undefined ? USUAL_COLUMNS[key] : [name]) };
  };
  const [id, rawClass, group, fold] = [
    named("idColumn"),
    named("classColumn"),
    named("groupColumn"),
    named("foldColumn"),
  ];
  const missing = [id, rawClass, group, fold].flatMap(({ name, column }) =>
    name !== undefined && column === undefined ? [name] : [],
  );
  if (id.column === undefined && missing.length === 0) missing.push("one with the image names (--id-column)");
  if (rawClass.column === undefined && group.column === undefined && missing.length === 0) {
    missing.push("one with the class (--class-column) or the patient (--group-column)");
  }
  if (missing.length > 0 || id.column === undefined) throw missingColumns(table, missing);
  return { id: id.column, class: rawClass.column, group: group.column, fold: fold.column };
}

/** A table names images with or without folder and extension. */
function imageFinder(images: readonly string[]) {
  const tree = (paths: readonly string[]): FileTree => ({
    name: "images",
    list: () => paths,
    readText: () => Promise.reject(new Error("names only")),
    readBytes: () => Promise.reject(new Error("names only")),
  });
  const stems = new Map<string, string>(images.map((path) => [joinPath(folderOf(path), stemOf(path)), path]));
  const withExtension = new PathFinder(tree(images));
  const without = new PathFinder(tree([...stems.keys()]));
  const folders = [...new Set(images.map(folderOf))];
  return (named: string) => {
    const exact = withExtension.find(named, folders.length === 1 ? ["", ...folders] : [""]);
    if (exact.kind === "found") return exact.path;
    const bare = without.find(named, folders.length === 1 ? ["", ...folders] : [""]);
    return bare.kind === "found"
      ? (stems.get(bare.path) ?? bare.path)
      : exact.kind === "missing"
        ? bare
        : exact;
  };
}

function folderClassesOf(
  images: readonly string[],
  options: ImporterOptions,
  facts: ReadonlyMap<string, RowFacts> | undefined,
  tree: FileTree,
  draft: DraftBuilder,
): Map<string, string> {
  if (options.classFrom === "none" || options.classFrom === "csv") return new Map();
  const structural = [...IMAGE_FOLDERS, ...MASK_FOLDERS, ""];
  const entries = images.map((path) => [path, fileNameOf(folderOf(path))] as const);
  const named = entries.filter(([, folder]) => !structural.includes(folder.toLowerCase()));
  const folders = [...new Set(named.map(([, folder]) => folder))];
  if (options.classFrom === "folder") return new Map(named);
  if (folders.length > 0 && folders.every((folder) => CLASS_FOLDER_WORDS.includes(folder.toLowerCase())))
    return new Map(named);
  if (folders.length > 1 && facts === undefined) {
    draft.warn(
      tree.name,
      `the folders ${folders.slice(0, 6).join(", ")}`,
      "to know whether they are classes",
      "if they are, import with --class-from folder; the images count as unlabelled",
    );
  }
  return new Map();
}

function pairMasks(
  images: readonly string[],
  masks: readonly string[],
  draft: DraftBuilder,
): Map<string, MaskDraft[]> {
  const byStem = new Map<string, string[]>();
  for (const path of images) byStem.set(stemOf(path), [...(byStem.get(stemOf(path)) ?? []), path]);
  const paired = new Map<string, MaskDraft[]>();
  for (const mask of masks) {
    const stem = stemOf(mask);
    const names = [stem, stem.replace(MASK_ENDING, ""), stem.replace(MASK_BEGINNING, "")];
    const candidates = names.map((name) => byStem.get(name)).find((found) => found !== undefined) ?? [];
    const image = candidates.length > 1 ? candidates.find((path) => shareFolder(path, mask)) : candidates[0];
    if (image === undefined) draft.maskWithoutImage(mask, `an image named ${names[1]}`);
    else paired.set(image, [...(paired.get(image) ?? []), { kind: "file", path: mask }]);
  }
  return paired;
}

/** `images/a/1.png` and `masks/a/1.png`: the same folders but for the words image and mask. */
function shareFolder(image: string, mask: string): boolean {
  const strip = (path: string) =>
    folderOf(path)
      .split("/")
      .filter((part) => ![...IMAGE_FOLDERS, ...MASK_FOLDERS].includes(part.toLowerCase()))
      .join("/");
  return strip(image) === strip(mask);
}
