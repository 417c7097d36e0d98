import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeImage, decodeMask, readImageHeader } from "./image-codec.js";
import { sharedPath } from "./testing/shared.js";

const STRIDE = 12;

/** Every twelfth picture below a folder. */
function some(folder: string | undefined, extension: string): string[] {
  if (folder === undefined) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(extension))
    .sort()
    .filter((_, i) => i % STRIDE === 0)
    .map((name) => join(folder, name));
}

const sets: [name: string, folder: string | undefined, extension: string][] = [
  ["BUSI", sharedPath("data", "busi"), ".png"],
  ["BUS-BRA", sharedPath("data", "bus-bra"), ".png"],
  ["DDTI", sharedPath("data", "ddti"), ".jpg"],
];

describe.each(sets)("%s (skipped if ../shared is absent)", (_name, folder, extension) => {
  it.skipIf(folder === undefined)(
    "decodes: sizes as declared, images with detail, masks with two values",
    async () => {
      const paths = some(folder, extension);
      expect(paths.length).toBeGreaterThan(20);
      for (const path of paths) {
        const isMask = /_mask|Masks/.test(path);
        const header = await readImageHeader(path);
        const decoded = isMask ? await decodeMask(path) : await decodeImage(path);
        expect([decoded.widthPx, decoded.heightPx]).toEqual([header.widthPx, header.heightPx]);
        const different = new Set(decoded.data).size;
        if (isMask) expect(different).toBeLessThanOrEqual(2);
        else expect(different).toBeGreaterThan(50);
      }
    },
  );
});
