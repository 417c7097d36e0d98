import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Unzip, type UnzipFile, UnzipInflate } from "fflate";
import { UserError } from "../errors.js";

/** Beyond these an archive is refused while it is unpacked. */
const LIMITS = { files: 200_000, bytes: 20e9 } as const;
const CHUNK_BYTES = 1 << 18;

/**
 * Unpacks a zip file into a folder that does not exist yet, whole or not at all. Names that would leave the
 * folder are refused; links in the archive become plain files; the litter of macOS is skipped.
 *
 * @returns number of files
 */
export async function unzip(archive: string, folder: string, signal?: AbortSignal): Promise<number> {
  const temporary = join(dirname(folder), `.${basename(folder)}.${process.pid}.unpacking`);
  await rm(temporary, { recursive: true, force: true });
  try {
    const files = await unpackInto(archive, temporary, signal);
    await rename(temporary, folder);
    return files;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (error instanceof UserError || signal?.aborted === true) throw error;
    if (error instanceof Error && "code" in error && typeof error.code === "number")
      throw damaged(archive, error.message);
    throw error;
  }
}

async function unpackInto(archive: string, folder: string, signal: AbortSignal | undefined): Promise<number> {
  const state = { files: 0, bytes: 0, failure: undefined as unknown };
  const unpacking = new Unzip((file) => {
    try {
      writeEntry(file, archive, folder, state);
    } catch (error) {
      state.failure ??= error;
    }
  });
  unpacking.register(UnzipInflate);
  mkdirSync(folder, { recursive: true });
  const source = await open(archive, "r");
  try {
    const buffer = new Uint8Array(CHUNK_BYTES);
    for (let first = true; ; first = false) {
      signal?.throwIfAborted();
      const { bytesRead } = await source.read(buffer, 0, CHUNK_BYTES);
      if (first && !startsLikeZip(buffer.subarray(0, bytesRead))) throw damaged(archive, "no zip signature");
      unpacking.push(buffer.slice(0, bytesRead), bytesRead === 0);
      if (state.failure !== undefined) throw state.failure;
      if (bytesRead === 0) return state.files;
    }
  } finally {
    await source.close();
  }
}

function startsLikeZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b;
}

interface UnpackState {
  files: number;
  bytes: number;
  failure: unknown;
}

function writeEntry(file: UnzipFile, archive: string, folder: string, state: UnpackState): void {
  const name = file.name.replaceAll("\\", "/");
  if (name.endsWith("/") || name.split("/").some((part) => part === "__MACOSX" || part === ".DS_Store"))
    return;
  if (!staysInside(name)) {
    throw UserError.of(
      archive,
      `an entry named ${JSON.stringify(file.name)}`,
      "names that stay inside the folder",
      "do not use this archive",
    );
  }
  if (++state.files > LIMITS.files) throw tooLarge(archive, `more than ${LIMITS.files} files`);
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  const handle = openSync(path, "wx");
  file.ondata = (error, data, final) => {
    if (error !== null) state.failure ??= error;
    else state.bytes += data.length;
    if (state.bytes > LIMITS.bytes) state.failure ??= tooLarge(archive, `more than ${LIMITS.bytes / 1e9} GB`);
    if (state.failure === undefined) writeSync(handle, data);
    if (final || error !== null) closeSync(handle);
  };
  file.start();
}

function staysInside(name: string): boolean {
  return (
    !name.startsWith("/") &&
    !/^[A-Za-z]:/.test(name) &&
    !name.split("/").includes("..") &&
    !/\p{Cc}/u.test(name)
  );
}

function tooLarge(archive: string, got: string): UserError {
  return UserError.of(archive, got, "an archive of images", "check where it came from");
}

function damaged(archive: string, reason: string): UserError {
  return UserError.of(
    archive,
    `a damaged archive (${reason})`,
    "a whole zip file",
    "delete it and fetch it again",
  );
}
