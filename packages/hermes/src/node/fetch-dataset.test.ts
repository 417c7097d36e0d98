import { createHash } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { strToU8, type Zippable, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { fetchDataset } from "./fetch-dataset.js";
import { archiveServer } from "./testing/archive-server.js";
import { temporaryFolder } from "./testing/temporary-folder.js";
import { unzip } from "./unzip.js";

const FILES: Zippable = {
  "set/a.png": [strToU8("stored"), { level: 0 }],
  "set/b.txt": strToU8("packed ".repeat(100_000)),
  "set/deep/": new Uint8Array(),
  "set/deep/ü.txt": strToU8("umlaut"),
  "__MACOSX/set/._a.png": strToU8("litter"),
};
const body = zipSync(FILES);
const sha256 = createHash("sha256").update(body).digest("hex");
const QUICK = { name: "busi", retryDelaysMs: [1] } as const;

describe("fetchDataset", () => {
  it("downloads, records the checksum, unpacks; then does nothing again", async () => {
    await using folder = await temporaryFolder();
    const cuts = { afterBytes: [100], savedTo: join(folder.path, "Dataset_BUSI.zip.part") };
    await using server = await archiveServer(() => ({ body, etag: '"1"', cuts }));
    const request = { ...QUICK, out: folder.path, url: server.url };
    expect(await fetchDataset(request)).toMatchObject({
      sha256,
      checked: "recorded",
      download: "done",
      unpacked: "done",
    });
    const set = join(folder.path, "Dataset_BUSI");
    expect(await readFile(join(set, "set/b.txt"), "utf8")).toBe("packed ".repeat(100_000));
    expect((await readdir(set, { recursive: true })).sort()).toEqual([
      "set",
      "set/a.png",
      "set/b.txt",
      "set/deep",
      "set/deep/ü.txt",
    ]);
    expect(server.ranges).toEqual(["-", "bytes=100-"]);
    expect(await fetchDataset(request)).toMatchObject({
      checked: "lock",
      download: "already there",
      unpacked: "already there",
    });
    expect(server.ranges).toHaveLength(2);
    expect((await readdir(folder.path)).sort()).toEqual([
      "Dataset_BUSI",
      "Dataset_BUSI.zip",
      "Dataset_BUSI.zip.lock.json",
    ]);
  });

  it("refuses an archive that is not the one asked for, or not the one of the first fetch", async () => {
    await using folder = await temporaryFolder();
    let served = body;
    await using server = await archiveServer(() => ({ body: served, etag: '"1"' }));
    const request = { ...QUICK, out: folder.path, url: server.url };
    await expect(fetchDataset({ ...request, sha256: "0".repeat(64) })).rejects.toThrow(
      new RegExp(`got SHA-256 ${sha256}; wanted 0000`),
    );
    expect(await readdir(folder.path)).toEqual(["Dataset_BUSI.zip"]);
    expect(await fetchDataset({ ...request, sha256: sha256.toUpperCase() })).toMatchObject({
      checked: "given",
      download: "already there",
    });
    await rm(join(folder.path, "Dataset_BUSI.zip"));
    served = zipSync({ "other.txt": strToU8("other") });
    await expect(fetchDataset(request)).rejects.toThrow(
      /if the publisher changed it on purpose, delete .*lock.json/,
    );
  });
});

describe("unzip", () => {
  const attempt = async (bytes: Uint8Array) => {
    await using folder = await temporaryFolder();
    const archive = join(folder.path, "x.zip");
    await writeFile(archive, bytes);
    const outcome = await unzip(archive, join(folder.path, "out")).then(String, (error: unknown) =>
      String(error),
    );
    return { outcome, left: await readdir(folder.path) };
  };

  it.each(["../evil.txt", "a/../../evil.txt", "/evil.txt", "..\\evil.txt", "C:\\evil.txt"])(
    "refuses the name %j and leaves nothing",
    async (name) => {
      const { outcome, left } = await attempt(zipSync({ "good.txt": strToU8("x"), [name]: strToU8("x") }));
      expect(outcome).toMatch(/names that stay inside the folder/);
      expect(left).toEqual(["x.zip"]);
    },
  );

  it.each([
    ["text", strToU8("this is no zip file at all")],
    ["nothing", new Uint8Array()],
    ["half an archive", body.subarray(0, body.length / 2)],
    ["damaged data", body.map((byte, index) => (index > 150 && index < 250 ? byte ^ 0x5a : byte))],
  ])("refuses %s", async (_name, bytes) => {
    const { outcome, left } = await attempt(bytes);
    expect(outcome).toMatch(/a damaged archive/);
    expect(left).toEqual(["x.zip"]);
  });
});
