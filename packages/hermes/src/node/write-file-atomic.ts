import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { UserError } from "../errors.js";

/**
 * Writes a whole file or nothing: temporary file beside it, fsync, rename. A reader sees the old or the new
 * content, also after a power cut. Missing folders are made.
 *
 * @throws UserError when the place cannot be written (read-only, full, a file where a folder should be)
 */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`);
  try {
    await mkdir(folder, { recursive: true });
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(folder);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw writeFailure(path, error);
  }
}

/** Makes the rename itself durable; some systems do not allow a folder to be opened, there the rename has to do. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  if (handle === undefined) return;
  try {
    await handle.sync().catch(() => undefined);
  } finally {
    await handle.close();
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EFBIG: "a file above the largest size allowed there (`ulimit -f`, or the disk's own limit)",
  EIO: "a disk that fails to write",
  EACCES: "no permission to write",
  EPERM: "no permission to write",
  EROFS: "a read-only disk",
  ENOSPC: "a full disk",
  EDQUOT: "a full quota",
  ENOENT: "a place where no folder can be made",
  ENOTDIR: "a file where a folder is needed",
  EEXIST: "a file where a folder is needed",
  EISDIR: "a folder of that name",
};

/** @returns a UserError where the cause is the place, else the error itself */
export function writeFailure(path: string, error: unknown): unknown {
  const reason = error instanceof Error && "code" in error ? REASONS[String(error.code)] : undefined;
  if (reason === undefined) return error;
  return UserError.of(
    `writing ${path}`,
    reason,
    "a place that can be written",
    "choose another place with --out or free this one; nothing was changed",
  );
}
