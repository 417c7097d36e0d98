import { mkdir, readdir, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { UserError } from "../errors.js";
import { openDataset } from "./dataset-folder.js";
import { importDataset } from "./import-dataset.js";
import { temporaryFolder } from "./testing/temporary-folder.js";

async function png(widthPx = 20, heightPx = 10, shade = 90): Promise<Buffer> {
  return sharp({
    create: { width: widthPx, height: heightPx, channels: 3, background: { r: shade, g: 0, b: 200 } },
  })
    .png()
    .toBuffer();
}

async function writeFiles(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(path, content);
  }
}

async function complaintsOf(folder: string): Promise<string[]> {
  try {
    await importDataset({ folder, format: "auto", choices: {} });
  } catch (error) {
    if (error instanceof UserError) return error.complaints.map(({ what, got }) => `${what}: ${got}`).sort();
    throw error;
  }
  throw new Error("the import succeeded");
}

/** A well-formed PNG whose header declares a size that its data does not have. */
function pngBomb(widthPx: number, heightPx: number): Uint8Array {
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(widthPx, 0);
  header.writeUInt32BE(heightPx, 4);
  header.set([1, 0, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(new Uint8Array(64))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

describe("importDataset", () => {
  it("writes a data set that still opens after the folder is moved", async () => {
    await using folder = await temporaryFolder();
    const before = join(folder.path, "before");
    await writeFiles(before, {
      "images/a.png": await png(),
      'images/b "q".png': await png(30, 40, 7),
      "masks/a.png": await png(),
    });
    const written = await importDataset({ folder: before, format: "auto", choices: {} });
    expect(written).toMatchObject({ change: "new", warnings: [] });
    const after = join(folder.path, "after");
    await rename(before, after);
    const dataset = await openDataset(after);
    expect(dataset.manifestHash).toBe(written.manifestHash);
    expect(dataset.manifest.samples.map(({ id, widthPx, heightPx }) => [id, widthPx, heightPx])).toEqual([
      ["images/a", 20, 10],
      ['images/b "q"', 30, 40],
    ]);
    expect(dataset.pathOf("images/a.png")).toBe(join(after, "images/a.png"));
    expect((await importDataset({ folder: after, format: "auto", choices: {} })).change).toBe("same");
    await writeFiles(after, { "images/c.png": await png() });
    expect((await importDataset({ folder: after, format: "auto", choices: {} })).change).toBe("changed");
  });

  it("writes elsewhere with out, with a way back to the images", async () => {
    await using folder = await temporaryFolder();
    const images = join(folder.path, "set/images");
    await writeFiles(images, { "a.png": await png() });
    const out = join(folder.path, "elsewhere/deep");
    await importDataset({ folder: images, format: "generic", out, choices: {} });
    const dataset = await openDataset(out);
    expect(dataset.manifest.header.root).toBe("../../set/images");
    expect(dataset.pathOf("a.png")).toBe(join(images, "a.png"));
    expect(await readdir(images)).toEqual(["a.png"]);
  });

  it("reports every bad file together and writes nothing", async () => {
    await using folder = await temporaryFolder();
    const whole = await sharp({
      create: {
        width: 200,
        height: 200,
        channels: 3,
        background: "red",
        noise: { type: "gaussian", mean: 128, sigma: 30 },
      },
    })
      .png()
      .toBuffer();
    const set = join(folder.path, "set");
    await writeFiles(folder.path, { "outside.png": await png() });
    await writeFiles(set, {
      "images/good.png": await png(),
      "images/cut.png": whole.subarray(0, whole.length / 2),
      "images/text.png": "this is no picture",
      "images/empty.png": "",
      "images/bomb.png": pngBomb(60_000, 60_000),
      "masks/lonely.png": await png(),
      "masks/good.png": "neither is this",
    });
    await symlink(join(folder.path, "outside.png"), join(set, "images/link.png"));
    await symlink(join(set, "nowhere.png"), join(set, "images/dangling.png"));
    const complaints = await complaintsOf(set);
    const expected = [
      /^images\/bomb\.png: a declared size of 60000 x 60000/,
      /^images\/cut\.png: a (file that is cut off|damaged file)/,
      /^images\/dangling\.png: a link to nothing/,
      /^images\/empty\.png: an empty file/,
      /^images\/link\.png: a link that leaves the folder/,
      /^images\/text\.png: a text file/,
      /^masks\/good\.png: a text file/,
      /^masks\/lonely\.png: a mask without an image/,
    ];
    expect(complaints).toHaveLength(expected.length);
    expected.forEach((pattern, index) => {
      expect(complaints[index]).toMatch(pattern);
    });
    expect(await readdir(set)).toEqual(["images", "masks"]);
  });

  it("takes a link to a file inside, and warns of a wrong extension", async () => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, {
      "a.png": await png(),
      "b.png": await sharp(await png())
        .jpeg()
        .toBuffer(),
    });
    await symlink("a.png", join(folder.path, "c.png"));
    const { manifest, warnings } = await importDataset({ folder: folder.path, format: "auto", choices: {} });
    expect(manifest.samples.map(({ id }) => id)).toEqual(["a", "b", "c"]);
    expect(warnings.map(({ what, got }) => `${what}: ${got}`)).toEqual([
      "b.png: a jpeg picture by its content",
    ]);
  });

  it.each([
    ["an empty folder", {}, /an empty folder/],
    ["no image", { "a.txt": "x" }, /1 files, none of them an image/],
  ] as const)("refuses %s", async (_name, files, message) => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, files);
    expect((await complaintsOf(folder.path)).join()).toMatch(message);
    await expect(
      importDataset({ folder: join(folder.path, "gone"), format: "auto", choices: {} }),
    ).rejects.toThrow(/no such folder/);
  });

  it("says what to do where it cannot write, and stops when told", async () => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, { "a.png": await png(), hermes: "a file in the way" });
    expect((await complaintsOf(folder.path)).join()).toMatch(/a file where a folder is needed/);
    const stopped = importDataset({
      folder: folder.path,
      format: "auto",
      choices: {},
      signal: AbortSignal.abort(),
    });
    await expect(stopped).rejects.toThrow(/abort/i);
  });
});

describe("openDataset", () => {
  it("refuses paths that leave the images, also through links made later", async () => {
    await using folder = await temporaryFolder();
    const set = join(folder.path, "set");
    await writeFiles(folder.path, { "secret.png": "x" });
    await writeFiles(set, { "a.png": await png() });
    await importDataset({ folder: set, format: "auto", choices: {} });
    await symlink(join(folder.path, "secret.png"), join(set, "b.png"));
    const dataset = await openDataset(set);
    for (const path of ["../secret.png", "b.png", join(folder.path, "secret.png"), "."]) {
      expect(() => dataset.pathOf(path)).toThrow(/a path that leaves/);
    }
    expect(() => dataset.pathOf("gone.png")).toThrow(/no such file/);
    await expect(openDataset(folder.path)).rejects.toThrow(/hermes data import/);
  });
});
