import { describe, expect, it } from "vitest";
import { memoryTree } from "../testing/memory-tree.js";
import { detectImporter, IMPORTER_NAMES, importerNamed, importers } from "./detect.js";

describe("the list of importers", () => {
  it("finds each by its name, and tries the plain folder last", () => {
    expect(new Set(importers.map(({ name }) => name))).toEqual(new Set(IMPORTER_NAMES));
    for (const name of IMPORTER_NAMES) expect(importerNamed(name).name).toBe(name);
    expect(importers.at(-1)?.name).toBe("generic");
  });

  it.each([
    ["nothing", {}, /an empty folder/],
    ["no image", { "readme.txt": "x", "a.csv": "x" }, /2 files, none of them an image/],
  ] as const)("refuses a folder with %s", async (_name, files, message) => {
    await expect(detectImporter(memoryTree(files))).rejects.toThrow(message);
  });
});
