import { opendir, stat } from "node:fs/promises";
import { basename, extname, join, relative, resolve } from "node:path";
import { byCodeUnit } from "../data/order.js";
import { UserError } from "../errors.js";

const EXTENSIONS: readonly string[] = [".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp"];

export interface FoundImage {
  readonly path: string;
  /** Path below the folder that was given, or the file's own name. */
  readonly relativePath: string;
}

/**
 * Images in the order of names, folder by folder, found as they are asked for. Files named by the user are taken
 * whatever their extension.
 * @param skipped a folder not to look into: that of the results
 * @throws UserError if a place does not exist
 */
export async function* findImages(places: readonly string[], skipped: string): AsyncGenerator<FoundImage> {
  for (const place of places) {
    const kind = await stat(place).catch((error: Error) => {
      throw UserError.of(place, error.message, "an image file or a folder of images", "check the path");
    });
    if (kind.isDirectory()) yield* walk(place, place, resolve(skipped));
    else yield { path: place, relativePath: basename(place) };
  }
}

async function* walk(root: string, folder: string, skipped: string): AsyncGenerator<FoundImage> {
  if (resolve(folder) === skipped) return;
  const entries: { readonly name: string; readonly kind: "folder" | "image" }[] = [];
  for await (const entry of await opendir(folder)) {
    if (entry.name.startsWith(".")) continue;
    if (entry.isDirectory()) entries.push({ name: entry.name, kind: "folder" });
    else if (EXTENSIONS.includes(extname(entry.name).toLowerCase()))
      entries.push({ name: entry.name, kind: "image" });
  }
  for (const { name, kind } of entries.sort((a, b) => byCodeUnit(a.name, b.name))) {
    const path = join(folder, name);
    if (kind === "folder") yield* walk(root, path, skipped);
    else yield { path, relativePath: relative(root, path) };
  }
}
