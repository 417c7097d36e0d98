import { readFile, stat } from "node:fs/promises";
import type { z } from "zod";
import { UserError } from "../errors.js";

/**
 * Reads what the first fetch of a file recorded beside it.
 * @returns nothing where there is no lock yet
 * @throws UserError if the file is no lock
 */
export async function readFetchLock<S extends z.ZodType>(
  path: string,
  schema: S,
): Promise<z.output<S> | undefined> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw UserError.of(
      path,
      "a file that is no lock",
      "the checksum of the first fetch",
      "restore it, or delete it to record the checksum anew",
    );
  }
}

/** @returns whether there is anything at the path */
export async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
