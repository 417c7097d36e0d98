import { readdirSync } from "node:fs";
import { readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { prepareImage } from "../data/prepared-image.js";
import { UserError } from "../errors.js";
import type { Dataset } from "./dataset-folder.js";
import { ImageCache } from "./image-cache.js";
import { decodeImage } from "./image-codec.js";
import { loadMask } from "./load-mask.js";
import { makeSmallDataset } from "./testing/small-dataset.js";

const options = { sidePx: 24, aspect: "stretch" } as const;

function cacheFiles(dataset: Dataset): string[] {
  const folder = join(dataset.folder, "cache");
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".bin"))
    .map((name) => join(folder, name));
}

describe("ImageCache", () => {
  it("gives what preparing the file gives, from the file, the disk and memory", async () => {
    const dataset = await makeSmallDataset(4);
    for (const sample of dataset.manifest.samples) {
      const mask = await loadMask(dataset, sample);
      const direct = prepareImage(
        await decodeImage(dataset.pathOf(sample.image)),
        mask?.data ?? null,
        24,
        "stretch",
      );
      const first = new ImageCache(dataset, options);
      const second = new ImageCache(dataset, options);
      for (const prepared of [
        await first.load(sample),
        await first.load(sample),
        await second.load(sample),
      ]) {
        expect([...prepared.image]).toEqual([...direct.image]);
        expect(prepared.mask && [...prepared.mask]).toEqual(direct.mask && [...direct.mask]);
        expect([prepared.content, prepared.pixelAspect]).toEqual([direct.content, direct.pixelAspect]);
      }
      expect(first.counts).toMatchObject({ prepared: 1, fromMemory: 1, fromDisk: 0 });
      expect(second.counts).toMatchObject({ prepared: 0, fromMemory: 0, fromDisk: 1 });
    }
    expect(cacheFiles(dataset)).toHaveLength(4);
  });

  it("makes damaged files again", async () => {
    const dataset = await makeSmallDataset(1);
    const sample = dataset.manifest.samples[0]!;
    const whole = await new ImageCache(dataset, options).load(sample);
    const path = cacheFiles(dataset)[0]!;
    const good = await readFile(path);
    const flipped = Buffer.from(good);
    flipped[200]! ^= 1;
    for (const bad of [flipped, good.subarray(0, 100), Buffer.alloc(0), Buffer.alloc(good.length)]) {
      await writeFile(path, bad);
      const cache = new ImageCache(dataset, options);
      expect([...(await cache.load(sample)).image]).toEqual([...whole.image]);
      expect(cache.counts).toMatchObject({ damaged: 1, prepared: 1 });
      expect(await readFile(path)).toEqual(good);
    }
  });

  it("keeps sizes and shapes apart", async () => {
    const dataset = await makeSmallDataset(1);
    const sample = dataset.manifest.samples[0]!;
    const shapes = [options, { ...options, sidePx: 32 }, { ...options, aspect: "letterbox" as const }];
    const loaded = await Promise.all(shapes.map((shape) => new ImageCache(dataset, shape).load(sample)));
    expect(loaded.map(({ sidePx, content }) => [sidePx, content.heightPx])).toEqual([
      [24, 24],
      [32, 32],
      [24, 18],
    ]);
    expect(cacheFiles(dataset)).toHaveLength(3);
  });

  it("refuses images and masks that are not the imported ones, naming the file", async () => {
    const dataset = await makeSmallDataset(2);
    const [first, second] = dataset.manifest.samples;
    await writeFile(dataset.pathOf(first!.image), await readFile(dataset.pathOf(second!.image)));
    await expect(new ImageCache(dataset, options).load(first!)).rejects.toThrow(
      /it's "0" & <more>\.png: got other content/,
    );
    const mask = second!.masks![0]!;
    await writeFile(dataset.pathOf(mask.kind === "file" ? mask.path : ""), "not a mask");
    await expect(new ImageCache(dataset, options).load(second!)).rejects.toThrow(
      /masks\/1\.png: got other content/,
    );
  });

  it("refuses a missing image", async () => {
    const dataset = await makeSmallDataset(1);
    const sample = dataset.manifest.samples[0]!;
    await rm(dataset.pathOf(sample.image));
    await expect(new ImageCache(dataset, options).load(sample)).rejects.toThrow(UserError);
  });

  it("works on where the cache cannot be written", async () => {
    const dataset = await makeSmallDataset(1);
    await symlink("/proc/hermes-nowhere", join(dataset.folder, "cache"));
    const cache = new ImageCache(dataset, options);
    await cache.load(dataset.manifest.samples[0]!);
    expect(cache.counts).toMatchObject({ prepared: 1, unwritten: 1 });
  });

  it("keeps within its share of memory", async () => {
    const dataset = await makeSmallDataset(4);
    const cache = new ImageCache(dataset, { ...options, memoryBytes: 2 * 2 * 24 * 24 });
    const load = async () => {
      for (const sample of dataset.manifest.samples.slice(0, 3)) await cache.load(sample);
    };
    await load();
    await load();
    expect(cache.counts).toMatchObject({ prepared: 3, fromDisk: 3, fromMemory: 0 });
  });
});

describe("loadMask", () => {
  it("unites files and polygons, and reports a mask of another size", async () => {
    const dataset = await makeSmallDataset(1);
    const sample = dataset.manifest.samples[0]!;
    const alone = await loadMask(dataset, sample);
    const pointsPx: [number, number][] = [
      [0, 0],
      [3, 0],
      [3, 2],
      [0, 2],
    ];
    const masks = [...sample.masks!, { kind: "polygon" as const, pointsPx }];
    const both = await loadMask(dataset, { ...sample, masks });
    const extra = both!.data.reduce((sum, v, i) => sum + v - alone!.data[i]!, 0);
    expect(extra).toBe(6);
    expect(both!.faults).toEqual([]);
    const stretched = await loadMask(dataset, { ...sample, widthPx: 80, heightPx: 60 });
    expect(stretched!.data).toHaveLength(4800);
    expect(stretched!.faults.map(({ kind }) => kind)).toEqual(["size"]);
    expect(stretched!.faults[0]!.detail).toContain("masks/0.png");
  });

  it("tells unknown from empty", async () => {
    const dataset = await makeSmallDataset(1);
    const sample = dataset.manifest.samples[0]!;
    expect(await loadMask(dataset, { ...sample, masks: null })).toBeNull();
    expect((await loadMask(dataset, { ...sample, masks: [] }))!.data.every((v) => v === 0)).toBe(true);
  });
});
