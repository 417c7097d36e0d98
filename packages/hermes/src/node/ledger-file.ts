import { mkdir, open, readFile } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { type LedgerEntry, ledgerEntrySchema, type TestLedger } from "../data/split/test-ledger.js";
import { UserError } from "../errors.js";
import { type Dataset, datasetFiles } from "./dataset-folder.js";
import { writeFailure } from "./write-file-atomic.js";

/** The ledger of test openings in the data set folder; only ever appended to. */
export function ledgerFile(
  dataset: Pick<Dataset, "folder">,
): TestLedger & { entries(): Promise<LedgerEntry[]> } {
  const path = join(dataset.folder, datasetFiles.ledger);
  return {
    append: (entry) => appendLine(path, JSON.stringify(ledgerEntrySchema.parse(entry))),
    entries: () => readEntries(path),
  };
}

/** Who is opening, for the ledger: `user@host`. */
export function currentUser(): string {
  return `${userInfo().username}@${hostname()}`;
}

/**
 * One write in append mode, so that two processes do not mix their lines; the line begins with a line feed if the
 * last one was cut off.
 */
async function appendLine(path: string, line: string): Promise<void> {
  try {
    await mkdir(join(path, ".."), { recursive: true });
    const file = await open(path, "a+");
    try {
      const { size } = await file.stat();
      const last = size === 0 ? "\n" : String((await file.read(Buffer.alloc(1), 0, 1, size - 1)).buffer);
      await file.write(`${last === "\n" ? "" : "\n"}${line}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw writeFailure(path, error);
  }
}

async function readEntries(path: string): Promise<LedgerEntry[]> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return text
    .split("\n")
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.trim() !== "")
    .map(({ line, number }) => parseEntry(line, `${path}, line ${number}`));
}

function parseEntry(line: string, where: string): LedgerEntry {
  try {
    return ledgerEntrySchema.parse(JSON.parse(line));
  } catch {
    throw UserError.of(
      where,
      "a line that is no ledger entry",
      "one JSON object per line",
      "restore the file; a broken line hides an opening of the test set",
    );
  }
}
