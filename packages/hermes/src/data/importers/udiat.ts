import { readSheet } from "read-excel-file/universal";
import { UserError } from "../../errors.js";
import { type FileTree, fileNameOf, folderOf, isImageName, joinPath, stemOf } from "../file-tree.js";
import { parseTable, type Table, tableOf } from "../table.js";
import { DraftBuilder } from "./draft-builder.js";
import { defineImporter } from "./importer.js";

const IMAGE_FOLDER = "original";
const MASK_FOLDER = "GT";
const CLASS_WORDS = ["benign", "malignant"];
const CLASS_COLUMN = /^(type|class|label|pathology|diagnosis|lesion ?type)$/i;

/**
 * UDIAT (Dataset B): `original/000001.png` with `GT/000001.png`. The class comes from a table (xlsx or csv) beside
 * the two folders, or from folders named benign and malignant above or below them.
 * Yap et al., IEEE Journal of Biomedical and Health Informatics 22(4), 2018.
 */
export const udiat = defineImporter({
  name: "udiat",
  title: "UDIAT (Dataset B), breast ultrasound images",
  licence: "on request from its authors, not to be redistributed",
  citation:
    "Yap MH et al. Automated breast ultrasound lesions detection using convolutional neural networks. IEEE JBHI 22(4):1218-1226, 2018",
  classMap: { benign: "benign", malignant: "malignant", b: "benign", m: "malignant" },
  otherClasses: "refuse",
  detect: async (tree) => {
    const folders = new Set(tree.list().flatMap((path) => folderOf(path).split("/")));
    return folders.has(IMAGE_FOLDER) && folders.has(MASK_FOLDER);
  },
  async read(tree) {
    const draft = new DraftBuilder();
    const classes = await readClasses(tree, draft);
    const masks = new Map(
      tree
        .list()
        .filter(isIn(MASK_FOLDER))
        .map((path) => [pairingKey(path, MASK_FOLDER), path]),
    );
    for (const image of tree.list().filter(isIn(IMAGE_FOLDER))) {
      const key = pairingKey(image, IMAGE_FOLDER);
      const mask = masks.get(key);
      masks.delete(key);
      if (mask === undefined) draft.imageWithoutMask(image);
      const rawClass = classFolderOf(image) ?? classes?.get(normaliseId(stemOf(image))) ?? null;
      if (rawClass === null && classes !== undefined) {
        draft.warn(
          image,
          "no class in the table",
          "a line with its number",
          "add it; the image counts as unlabelled",
        );
      }
      draft.add({
        image,
        masks: mask === undefined ? null : [{ kind: "file", path: mask }],
        rawClass,
        group: null,
        attributes: {},
      });
    }
    for (const path of masks.values())
      draft.maskWithoutImage(path, `an image of that name in ${IMAGE_FOLDER}`);
    return draft.build();
  },
});

function isIn(folder: string): (path: string) => boolean {
  return (path) => isImageName(path) && folderOf(path).split("/").includes(folder);
}

/** Image and mask have the same path but for the folder's name; the extension may differ. */
function pairingKey(path: string, folder: string): string {
  const folders = folderOf(path).split("/");
  return joinPath(...folders.filter((part) => part !== folder), stemOf(path));
}

function classFolderOf(path: string): string | undefined {
  return folderOf(path)
    .split("/")
    .map((part) => part.toLowerCase())
    .find((part) => CLASS_WORDS.includes(part));
}

/** Class by image number; `undefined` if the set has no table and no class folders say it either. */
async function readClasses(tree: FileTree, draft: DraftBuilder): Promise<Map<string, string> | undefined> {
  const path = tree.list().find((file) => /\.(xlsx|csv)$/i.test(file) && !fileNameOf(file).startsWith("~"));
  if (path === undefined) {
    if (!tree.list().some((file) => isIn(IMAGE_FOLDER)(file) && classFolderOf(file) !== undefined)) {
      draft.warn(
        tree.name,
        "no table and no class folders",
        "DatasetB.xlsx beside original and GT",
        "add it; all images count as unlabelled",
      );
    }
    return undefined;
  }
  const table = await draft.attempt(() => readTable(tree, path));
  return table === undefined ? undefined : await draft.attempt(() => classesOf(table, tree));
}

async function readTable(tree: FileTree, path: string): Promise<Table> {
  if (/\.csv$/i.test(path)) return parseTable(await tree.readText(path), path);
  const bytes = await tree.readBytes(path);
  try {
    const rows = await readSheet(new Blob([new Uint8Array(bytes)]));
    return tableOf(
      rows.map((row) => row.map((cell) => (cell === null ? "" : String(cell)))),
      path,
    );
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw UserError.of(
      path,
      "a file that is no Excel table",
      "an .xlsx file",
      "save it again as .xlsx or as .csv",
    );
  }
}

/**
 * Copies of the table differ in their headers, so the columns are told by what they hold: the image column is
 * the one with most names of image files in it, the class column the one named so or full of class words.
 */
function classesOf(table: Table, tree: FileTree): Map<string, string> {
  const ids = new Set(
    tree
      .list()
      .filter(isIn(IMAGE_FOLDER))
      .map((path) => normaliseId(stemOf(path))),
  );
  const share = (column: string, test: (cell: string) => boolean) =>
    table.rows.filter(({ cells }) => test(cells[column] ?? "")).length / Math.max(1, table.rows.length);
  const best = (test: (cell: string) => boolean) =>
    table.columns
      .map((column) => ({ column, share: share(column, test) }))
      .sort((a, b) => b.share - a.share)[0];
  const idColumn = best((cell) => ids.has(normaliseId(cell)));
  const named = table.columns.find((column) => CLASS_COLUMN.test(column));
  const full = best((cell) => CLASS_WORDS.includes(cell.toLowerCase()));
  const classColumn = named ?? (full !== undefined && full.share > 0.5 ? full.column : undefined);
  if (idColumn === undefined || idColumn.share === 0 || classColumn === undefined) {
    throw UserError.of(
      table.fileName,
      `the columns ${table.columns.join(", ")}`,
      "one with the image numbers and one with benign or malignant",
      "correct the table, or lay the images out in folders named benign and malignant",
    );
  }
  const entries = table.rows.map(
    ({ cells }) => [normaliseId(cells[idColumn.column] ?? ""), cells[classColumn] ?? ""] as const,
  );
  return new Map(entries.filter(([id, rawClass]) => id !== "" && rawClass !== ""));
}

/** `000001.png`, `000001`, and the number 1 of a spreadsheet are the same image. */
function normaliseId(text: string): string {
  return text.replace(/\.\w{3,4}$/, "").replace(/^0+(?=\d)/, "");
}
