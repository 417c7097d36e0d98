import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { layoutNames } from "../data/phantom/layouts.js";
import { UserError } from "../errors.js";
import { importDataset } from "./import-dataset.js";
import { type PhantomSetRequest, writePhantoms } from "./write-phantoms.js";

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "hermes-test-"));
  folders.push(folder);
  return folder;
}

async function request(changes: Partial<PhantomSetRequest> = {}): Promise<PhantomSetRequest> {
  const out = join(await newFolder(), "set");
  return { out, count: 21, sizePx: 64, seed: 1, layout: "bus-bra", plants: [], ...changes };
}

describe("writePhantoms", () => {
  for (const layout of layoutNames) {
    it(`writes the form ${layout} so that its importer reads it`, async () => {
      const wanted = await request({ layout });
      const truth = await writePhantoms(wanted);
      const { manifest } = await importDataset({ folder: wanted.out, format: "auto", choices: {} });
      expect(manifest.header.format).toBe(layout);
      expect(manifest.samples.map(({ id }) => id).sort()).toEqual(truth.images.map(({ id }) => id).sort());
      const byId = new Map(manifest.samples.map((sample) => [sample.id, sample]));
      for (const { id, className, patient } of truth.images) {
        const sample = byId.get(id)!;
        const isUnlabelled = layout === "sz-tus" && patient % 3 !== 1;
        expect(sample.className ?? "none").toBe(isUnlabelled ? "none" : className);
        if (layout !== "busi" && layout !== "udiat") expect(sample.group).toContain(String(patient));
        if (!isUnlabelled && className !== "normal") expect(sample.masks?.length).toBe(1);
      }
    });
  }

  it("gives the same files for the same seed", async () => {
    const [a, b] = [
      await request({ plants: ["near-duplicates", "text"] }),
      await request({ plants: ["near-duplicates", "text"] }),
    ];
    await writePhantoms(a);
    await writePhantoms(b);
    const files = await readdir(a.out, { recursive: true, withFileTypes: true });
    const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
    expect(paths.length).toBe(21 * 2 + 2);
    for (const path of paths) {
      expect(await readFile(path)).toEqual(await readFile(path.replace(a.out, b.out)));
    }
  });

  it("writes in the truth which lesions it drew", async () => {
    for (const lesions of ["natural", "clear"] as const) {
      const wanted = await request({ count: 3, lesions });
      await writePhantoms(wanted);
      expect(JSON.parse(await readFile(join(wanted.out, "truth.json"), "utf8"))).toMatchObject({ lesions });
    }
  });

  it("names what it planted", async () => {
    const { plants, images } = await writePhantoms(
      await request({ count: 60, plants: ["duplicates", "cross-class", "mask-faults"] }),
    );
    const kinds = (kind: string) => plants.filter((plant) => plant.kind.startsWith(kind));
    expect(kinds("duplicate")).toHaveLength(2);
    expect(kinds("cross-class")).toHaveLength(2);
    expect(kinds("mask-fault:")).toHaveLength(8);
    const classes = new Map(images.map(({ id, className }) => [id, className]));
    for (const { ids } of kinds("cross-class")) expect(classes.get(ids[0]!)).not.toBe(classes.get(ids[1]!));
  });

  it("refuses a folder with something in it and polygons with mask faults, and leaves nothing behind", async () => {
    const wanted = await request();
    await mkdir(wanted.out);
    await writeFile(join(wanted.out, "mine.txt"), "keep");
    await expect(writePhantoms(wanted)).rejects.toThrow(UserError);
    await expect(
      writePhantoms({ ...wanted, out: `${wanted.out}-2`, layout: "ddti", plants: ["mask-faults"] }),
    ).rejects.toThrow(/polygons/);
    expect(await readdir(join(wanted.out, ".."))).toEqual(["set"]);
    expect(await readdir(wanted.out)).toEqual(["mine.txt"]);
  });
});
