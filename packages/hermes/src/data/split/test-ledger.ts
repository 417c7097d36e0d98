import { z } from "zod";
import type { SplitFile } from "./split-file.js";

/** One opening of a test part. */
export const ledgerEntrySchema = z.strictObject({
  /** ISO 8601, UTC. */
  time: z.string().min(1),
  who: z.string().min(1),
  splitHash: z.string().length(64),
  runId: z.string().min(1),
  purpose: z.string().min(1),
});
export type LedgerEntry = z.output<typeof ledgerEntrySchema>;

export interface TestLedger {
  /** Resolves when the entry is safely written. */
  append(entry: LedgerEntry): Promise<void>;
}

/**
 * The only way to test ids: the opening is written down first.
 *
 * @throws whatever the ledger throws; then nothing is opened
 */
export async function openTestIds(
  split: SplitFile,
  ledger: TestLedger,
  opening: Omit<LedgerEntry, "splitHash">,
): Promise<readonly string[]> {
  await ledger.append({ ...opening, splitHash: split.hash });
  return Object.freeze([...split.test]);
}

/** @returns how often the test part of this split was opened */
export function countOpenings(entries: readonly LedgerEntry[], splitHash: string): number {
  return entries.filter((entry) => entry.splitHash === splitHash).length;
}
