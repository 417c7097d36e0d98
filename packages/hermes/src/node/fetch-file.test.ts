import { randomBytes } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fetchFile } from "./fetch-file.js";
import { type ArchiveBehaviour, archiveServer } from "./testing/archive-server.js";
import { temporaryFolder } from "./testing/temporary-folder.js";

const body = new Uint8Array(randomBytes(300_000));
const FAST = { page: "http://page", retryDelaysMs: [1, 1], stallTimeoutMs: 2000 };

describe("fetchFile", () => {
  it("fetches a file and reports its progress", async () => {
    await using folder = await temporaryFolder();
    await using server = await archiveServer(() => ({ body, etag: '"1"' }));
    const path = join(folder.path, "new/set.zip");
    const seen: (number | undefined)[] = [];
    await fetchFile({ ...FAST, url: server.url, path, onProgress: (done, total) => seen.push(done, total) });
    expect(new Uint8Array(await readFile(path))).toEqual(body);
    expect(seen.slice(-2)).toEqual([body.length, body.length]);
    expect(await readdir(join(folder.path, "new"))).toEqual(["set.zip"]);
  });

  it("goes on where the connection broke, twice, within one call", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "set.zip");
    const cuts = { afterBytes: [100_000, 50_000], savedTo: `${path}.part` };
    await using server = await archiveServer(() => ({ body, etag: '"1"', cuts }));
    await fetchFile({ ...FAST, url: server.url, path });
    expect(new Uint8Array(await readFile(path))).toEqual(body);
    expect(server.ranges).toEqual(["-", "bytes=100000-", "bytes=150000-"]);
  });

  it("goes on at the next call after giving up", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "set.zip");
    const cuts = { afterBytes: [100_000, 10_000, 10_000], savedTo: `${path}.part` };
    await using server = await archiveServer(() => ({ body, etag: '"1"', cuts }));
    await expect(fetchFile({ ...FAST, url: server.url, path })).rejects.toThrow(/run the same command again/);
    expect((await readdir(folder.path)).sort()).toEqual(["set.zip.part", "set.zip.part.json"]);
    await fetchFile({ ...FAST, url: server.url, path });
    expect(new Uint8Array(await readFile(path))).toEqual(body);
    expect(server.ranges[3]).toBe("bytes=120000-");
  });

  it.each([
    ["the file changed in between", { body: body.slice().reverse(), etag: '"2"' }],
    ["the server names no version", { body: body.slice().reverse() }],
  ] satisfies [string, ArchiveBehaviour][])("begins anew when %s", async (_name, second) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "set.zip");
    const cuts = { afterBytes: [100_000], savedTo: `${path}.part` };
    let behaviour: ArchiveBehaviour = { body, etag: '"1"', cuts };
    await using server = await archiveServer(() => behaviour);
    await expect(fetchFile({ ...FAST, retryDelaysMs: [], url: server.url, path })).rejects.toThrow();
    behaviour = second;
    await fetchFile({ ...FAST, url: server.url, path });
    expect(new Uint8Array(await readFile(path))).toEqual(second.body);
    expect(server.ranges).toEqual(["-", "bytes=100000-"]);
  });

  it("gets over a part that is too long already, and over a busy server", async () => {
    await using folder = await temporaryFolder();
    await using server = await archiveServer(() => ({ body, etag: '"1"', statuses: [503] }));
    const path = join(folder.path, "set.zip");
    await writeFile(`${path}.part`, new Uint8Array(body.length));
    await writeFile(`${path}.part.json`, JSON.stringify({ url: server.url, validator: '"1"' }));
    await fetchFile({ ...FAST, url: server.url, path });
    expect(new Uint8Array(await readFile(path))).toEqual(body);
  });

  it.each([
    ["not there", { statuses: [404] }, /the answer 404.*http:\/\/page.*--url/],
    ["a web page", { contentType: "text/html; charset=utf-8" }, /got a web page/],
  ] as const)("says so when the answer is %s, and does not try again", async (_name, behaviour, message) => {
    await using folder = await temporaryFolder();
    await using server = await archiveServer(() => ({ body, ...behaviour }));
    await expect(fetchFile({ ...FAST, url: server.url, path: join(folder.path, "x") })).rejects.toThrow(
      message,
    );
    expect(server.ranges).toHaveLength(1);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it("says so when nobody answers, and stops when told", async () => {
    await using folder = await temporaryFolder();
    const nobody = { ...FAST, url: "http://127.0.0.1:9/x", path: join(folder.path, "x") };
    await expect(fetchFile(nobody)).rejects.toThrow(/127.0.0.1:9|bad port/);
    await expect(fetchFile({ ...nobody, signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });

  it("gives up on a server that falls silent", async () => {
    await using folder = await temporaryFolder();
    const cuts = { afterBytes: [1000], savedTo: join(folder.path, "never") };
    await using server = await archiveServer(() => ({ body, etag: '"1"', cuts }));
    const slow = fetchFile({
      ...FAST,
      retryDelaysMs: [],
      stallTimeoutMs: 5,
      url: server.url,
      path: join(folder.path, "x"),
    });
    await expect(slow).rejects.toThrow(/nothing for 0.005 s/);
  });
});
