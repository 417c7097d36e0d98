import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { program, runHermes } from "./testing/hermes-process.js";

const isBuilt = existsSync(program);
if (!isBuilt) process.stderr.write(`skipped: ${program} is not there (run npm run build)\n`);

const hermes = (words: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
  runHermes(words, { environment });

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hermes-cli-"));
  for (const className of ["benign", "malignant"]) {
    await mkdir(join(folder, className));
    for (let index = 0; index < 6; index++) {
      await writeFile(join(folder, className, `${index}.bmp`), bitmap(className.length * 10 + index));
    }
  }
});

/** A BMP file of 4 x 4 pixels, 24 bits, all of one shade. */
function bitmap(shade: number): Uint8Array {
  const bytes = Buffer.alloc(54 + 48, shade);
  bytes.fill(0, 0, 54);
  bytes.write("BM", "latin1");
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(4, 18);
  bytes.writeInt32LE(4, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  bytes.writeUInt32LE(48, 34);
  return bytes;
}

afterAll(() => rm(folder, { recursive: true, force: true }));

describe.skipIf(!isBuilt)("hermes as a process", () => {
  it("imports and splits a folder", async () => {
    const imported = await hermes(["data", "import", folder]);
    expect(imported).toMatchObject({ code: 0 });
    expect(imported.out).toMatch(/^benign +6/m);
    const split = await hermes(["data", "split", "--data", folder, "--shares", "0.5/0.2/0.3"]);
    expect(split).toMatchObject({ code: 0 });
    expect(split.out).toMatch(/^test +4 +2 +2/m);
    const again = await hermes(["data", "split", "--data", folder, "--shares", "0.5/0.2/0.3"]);
    expect(again.out).toBe(split.out);
  });

  it("exits with 2 and one line per mistake", async () => {
    const { code, out, err } = await hermes([
      "data",
      "split",
      "--data",
      folder,
      "--seed",
      "x",
      "--balance",
      "y",
    ]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err.trim().split("\n")).toHaveLength(2);
    expect(err).not.toMatch(/ at .*\.js/);
    expect((await hermes(["data", "import", join(folder, "gone")])).code).toBe(2);
  });

  it.each([
    [["weights", "fetch", "resnet18"], "did you mean resnet-18?"],
    [["data", "fetch", "bussi"], "did you mean busi?"],
  ])("%j suggests the nearest name", async (words, suggestion) => {
    const { code, err } = await hermes(words);
    expect(code).toBe(2);
    expect(err).toContain(suggestion);
  });

  it("says where the keys of --set are listed", async () => {
    const { out } = await hermes(["train", "--help"]);
    for (const list of ["profiles", "methods", "models"]) expect(out).toContain(`hermes list ${list} NAME`);
  });

  it("prints its version, and help without colours", async () => {
    expect((await hermes(["--version"])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
    const help = await hermes(["--no-color", "data", "import", "--help"], { FORCE_COLOR: "1" });
    expect(help).toMatchObject({ code: 0, err: "" });
    expect(help.out).not.toContain("\u001b");
  });

  it("does its work when the reader goes away", async () => {
    const child = spawn(process.execPath, [program, "data", "import", folder]);
    child.stdout.destroy();
    let err = "";
    child.stderr.on("data", (text: Buffer) => {
      err += text;
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(err).not.toMatch(/EPIPE/);
  });

  it("stops at an interrupt, keeps what it can go on with, and says nothing of a bug", async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { "content-length": "1000000", etag: '"1"' });
      response.write(new Uint8Array(1000));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/x.zip`;
    const out = join(folder, "fetched");
    const child = spawn(process.execPath, [program, "data", "fetch", "busi", "--out", out, "--url", url]);
    let err = "";
    child.stderr.on("data", (text: Buffer) => {
      err += text;
    });
    const closed = new Promise((resolve) => child.on("close", resolve));
    while (!existsSync(join(out, "Dataset_BUSI.zip.part")))
      await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGINT");
    expect(await closed).toBe(130);
    expect(err).toMatch(/stopped\n$/);
    expect(err).not.toMatch(/bug/);
    expect((await readdir(out)).sort()).toEqual(["Dataset_BUSI.zip.part", "Dataset_BUSI.zip.part.json"]);
    server.closeAllConnections();
    server.close();
  });
});
