import { UserError } from "../../errors.js";
import { type FileTree, isImageName } from "../file-tree.js";
import { busBra } from "./bus-bra.js";
import { busi } from "./busi.js";
import { coco } from "./coco.js";
import { ddti } from "./ddti.js";
import { generic } from "./generic.js";
import type { Importer } from "./importer.js";
import { szTus } from "./sz-tus.js";
import { udiat } from "./udiat.js";

/** The narrowest form first; a plain folder of images last. */
export const importers: readonly Importer[] = Object.freeze([
  busi,
  busBra,
  ddti,
  szTus,
  udiat,
  coco,
  generic,
]);

export const IMPORTER_NAMES = ["busi", "bus-bra", "ddti", "sz-tus", "udiat", "coco", "generic"] as const;
export type ImporterName = (typeof IMPORTER_NAMES)[number];

/** @throws UserError for an empty folder or one without images */
export async function detectImporter(tree: FileTree): Promise<Importer> {
  const paths = tree.list();
  if (!paths.some(isImageName)) {
    throw UserError.of(
      tree.name,
      paths.length === 0 ? "an empty folder" : `${paths.length} files, none of them an image`,
      "a folder with PNG, JPEG, TIFF or BMP images",
      "name the folder that holds the images",
    );
  }
  for (const importer of importers) if (await importer.detect(tree)) return importer;
  return generic;
}

export function importerNamed(name: ImporterName): Importer {
  const found = importers.find((importer) => importer.name === name);
  if (found === undefined) throw new Error(`no importer is called ${name}`);
  return found;
}
