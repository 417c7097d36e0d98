import type { BinaryMask } from "../binary-mask.js";

/** A mask drawn with `#` for lesion and any other character for background; one string per row. */
export function maskOf(rows: readonly string[]): BinaryMask {
  const widthPx = rows[0]!.length;
  const data = Uint8Array.from(rows.join(""), (character) => (character === "#" ? 1 : 0));
  return { widthPx, heightPx: rows.length, data };
}
