import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { augmentationPolicies } from "../data/augment/policies.js";
import { TILE_COLOURS, tileOf } from "../data/sheet-tile.js";
import { SHEET_VIEWS, writeContactSheet } from "./contact-sheet.js";
import { decodeImage } from "./image-codec.js";
import { makeSmallDataset } from "./testing/small-dataset.js";

const base = { seed: 1, policy: augmentationPolicies.light, tilePx: 48, count: 5 } as const;

describe("writeContactSheet", () => {
  it("draws frames in the colours of the classes, outlines, and a page", async () => {
    const dataset = await makeSmallDataset(6);
    const pngPath = join(dataset.folder, "sheet.png");
    const { shown, htmlPath } = await writeContactSheet(dataset, { ...base, views: SHEET_VIEWS, pngPath });
    expect(shown).toBe(5);
    const sheet = await decodeImage(pngPath);
    const colours = new Set<string>();
    for (let i = 0; i < sheet.data.length; i += 3) colours.add(sheet.data.subarray(i, i + 3).join());
    for (const colour of [TILE_COLOURS.positive, TILE_COLOURS.negative, TILE_COLOURS.unknown]) {
      expect(colours).toContain(colour.join());
    }
    const page = await readFile(htmlPath, "utf8");
    expect(page.match(/<figure/g)).toHaveLength(5);
    expect(page.match(/<img/g)).toHaveLength(20);
    expect(page).toContain("Small &lt;test&gt; set");
    expect(page).not.toContain("<more>");
  });

  it("shows the same for the same seed", async () => {
    const dataset = await makeSmallDataset(6);
    const draw = async (name: string, seed: number) => {
      const pngPath = join(dataset.folder, name);
      await writeContactSheet(dataset, { ...base, seed, views: ["strong"], pngPath });
      return readFile(pngPath);
    };
    const first = await draw("a.png", 1);
    expect(await draw("b.png", 1)).toEqual(first);
    expect(await draw("c.png", 2)).not.toEqual(first);
  });

  it("shows the images of a split alone, with their part", async () => {
    const dataset = await makeSmallDataset(6);
    const id = dataset.manifest.samples[3]!.id;
    const pngPath = join(dataset.folder, "part.png");
    const partOf = new Map([[id, "val"]]);
    const { shown, htmlPath } = await writeContactSheet(dataset, {
      ...base,
      views: ["original"],
      partOf,
      pngPath,
    });
    expect(shown).toBe(1);
    expect(await readFile(htmlPath, "utf8")).toContain(" · val");
  });
});

it("outlines the inner border of a mask", () => {
  const mask = Uint8Array.from({ length: 25 }, (_, i) =>
    i % 5 >= 1 && i % 5 <= 3 && i >= 5 && i < 20 ? 1 : 0,
  );
  const tile = tileOf(new Uint8Array(25).fill(9), mask, 5, [200, 0, 0]);
  const red = Array.from({ length: 25 }, (_, i) => (tile.data[3 * i] === 200 ? 1 : 0));
  expect(red.join("")).toBe("0000001110010100111000000");
});
