import { opendir, stat } from "node:fs/promises";
import { basename, extname, join, relative, resolve } from "node:path";
import { byCodeUnit } from "../data/order.js";
import { type Complaint, UserError } from "../errors.js";

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
 * @throws UserError with every place that does not exist, before the first image
 */
export async function findImages(
  places: readonly string[],
  skipped: string,
): Promise<AsyncGenerator<FoundImage>> {
  const complaints: Complaint[] = [];
  const found: { readonly place: string; readonly kind: "folder" | "file" }[] = [];
  for (const place of places) {
    try {
      found.push({ place, kind: (await stat(place)).isDirectory() ? "folder" : "file" });
    } catch (error) {
      const got = error instanceof Error ? error.message : String(error);
      complaints.push({
        what: place,
        got,
        wanted: "an image file or a folder of images",
        fix: "check the path",
      });
    }
  }
  if (complaints.length > 0) throw new UserError(complaints);
  return inPlaces(found, skipped);
}

async function* inPlaces(
  places: readonly { readonly place: string; readonly kind: "folder" | "file" }[],
  skipped: string,
): AsyncGenerator<FoundImage> {
  for (const { place, kind } of places) {
    if (kind === "folder") yield* walk(place, place, resolve(skipped));
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
