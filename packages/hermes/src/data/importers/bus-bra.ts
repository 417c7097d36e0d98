import { type FileTree, fileNameOf, folderOf, isImageName, joinPath, stemOf } from "../file-tree.js";
import { findColumn, parseTable, requireColumns, type TableRow } from "../table.js";
import { DraftBuilder } from "./draft-builder.js";
import { defineImporter } from "./importer.js";

const TABLE_NAME = "bus_data.csv";
const FOLD_TABLE = /^(\d+)-fold-cv\.csv$/;

/** Column of the table to attribute of the sample. */
const ATTRIBUTES = { BIRADS: "birads", Histology: "histology", Device: "device", Side: "side" } as const;

/**
 * BUS-BRA: `Images/bus_0001-l.png`, `Masks/mask_0001-l.png`, `bus_data.csv`; several views of one `Case`.
 * Sizes and boxes in the table are those of the original files and are not read.
 * Gómez-Flores et al., Medical Physics 51(4), 2024.
 */
export const busBra = defineImporter({
  name: "bus-bra",
  title: "BUS-BRA, breast ultrasound images",
  licence: "BUS-BRA licence (MIT-like, citation required)",
  citation:
    "Gómez-Flores W, Gregorio-Calas MJ, Pereira WCA. BUS-BRA: a breast ultrasound dataset for assessing computer-aided diagnosis systems. Medical Physics 51(4), 2024",
  classMap: { benign: "benign", malignant: "malignant" },
  otherClasses: "refuse",
  detect: async (tree) => tree.list().some((path) => fileNameOf(path) === TABLE_NAME),
  async read(tree) {
    const draft = new DraftBuilder();
    for (const path of tree.list().filter((file) => fileNameOf(file) === TABLE_NAME)) {
      await draft.attempt(() => readFolder(tree, path, draft));
    }
    return draft.build();
  },
});

async function readFolder(tree: FileTree, tablePath: string, draft: DraftBuilder): Promise<void> {
  const base = folderOf(tablePath);
  const table = parseTable(await tree.readText(tablePath), tablePath);
  const column = requireColumns(table, ["ID", "Case", "Pathology"]);
  const images = filesByStem(tree, joinPath(base, "Images"));
  const masks = filesByStem(tree, joinPath(base, "Masks"));
  const folds = await readFolds(tree, base, draft);
  const rows = new Map(table.rows.map((row) => [row.cells[column.ID] ?? "", row]));
  for (const [id, row] of rows) {
    if (!images.has(id))
      draft.warn(
        `${tablePath}, line ${row.line}`,
        `no image ${id}`,
        `Images/${id}.png`,
        "put it back; it was left out",
      );
  }
  for (const [id, image] of images) {
    const row = rows.get(id);
    const maskName = id.replace(/^bus_/, "mask_");
    const mask = masks.get(maskName);
    masks.delete(maskName);
    if (row === undefined)
      draft.warn(
        image,
        `no line in ${tablePath}`,
        "its case and pathology",
        "add the line; the image counts as unlabelled",
      );
    if (mask === undefined) draft.imageWithoutMask(image);
    draft.add({
      image,
      masks: mask === undefined ? null : [{ kind: "file", path: mask }],
      rawClass: emptyToNull(row?.cells[column.Pathology]),
      group: emptyToNull(row?.cells[column.Case]),
      attributes: { ...attributesOf(row), ...folds.get(id) },
    });
  }
  for (const [stem, path] of masks)
    draft.maskWithoutImage(path, `Images/${stem.replace(/^mask_/, "bus_")}.png`);
}

function attributesOf(row: TableRow | undefined): Record<string, string | number> {
  const attributes: Record<string, string | number> = {};
  for (const [column, name] of Object.entries(ATTRIBUTES)) {
    const value = emptyToNull(row?.cells[column]);
    if (value !== null) attributes[name] = value;
  }
  return attributes;
}

/** The set's own folds, `5-fold-cv.csv` and `10-fold-cv.csv`; `fold` is the one with the fewest folds. */
async function readFolds(
  tree: FileTree,
  base: string,
  draft: DraftBuilder,
): Promise<Map<string, Record<string, number>>> {
  const folds = new Map<string, Record<string, number>>();
  const tables = tree
    .list()
    .filter((path) => folderOf(path) === base && FOLD_TABLE.test(fileNameOf(path)))
    .map((path) => ({ path, count: Number(FOLD_TABLE.exec(fileNameOf(path))?.[1]) }))
    .sort((a, b) => b.count - a.count);
  for (const { path, count } of tables) {
    const table = await draft.attempt(async () => parseTable(await tree.readText(path), path));
    if (table === undefined) continue;
    const idColumn = findColumn(table, ["ID"]);
    const foldColumn = table.columns.find((name) => /fold/i.test(name));
    if (idColumn === undefined || foldColumn === undefined) {
      draft.warn(
        path,
        `the columns ${table.columns.join(", ")}`,
        "ID and one with the fold",
        "nothing, if you do not need the set's own folds",
      );
      continue;
    }
    for (const { cells } of table.rows) {
      const fold = Number(cells[foldColumn]);
      const id = cells[idColumn] ?? "";
      if (Number.isInteger(fold)) folds.set(id, { ...folds.get(id), [`fold${count}`]: fold, fold });
    }
  }
  return folds;
}

function filesByStem(tree: FileTree, folder: string): Map<string, string> {
  const files = tree.list().filter((path) => folderOf(path) === folder && isImageName(path));
  return new Map(files.map((path) => [stemOf(path), path]));
}

function emptyToNull(text: string | undefined): string | null {
  return text === undefined || text === "" ? null : text;
}
