import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { UserError } from "../errors.js";
import { temporaryFolder } from "./testing/temporary-folder.js";
import { writeFailure, writeFileAtomic } from "./write-file-atomic.js";

describe("writeFileAtomic", () => {
  it("makes folders, replaces a file and leaves nothing else behind", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "a/b/c.txt");
    await writeFileAtomic(path, "one");
    await writeFileAtomic(path, new Uint8Array([116, 119, 111]));
    expect(await readFile(path, "utf8")).toBe("two");
    expect(await readdir(join(folder.path, "a/b"))).toEqual(["c.txt"]);
  });

  it("never shows half a file to a reader, and the last of many writers wins whole", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "x");
    const texts = Array.from({ length: 12 }, (_, index) => String.fromCharCode(97 + index).repeat(200_000));
    await writeFileAtomic(path, texts[0]!);
    const writes = Promise.all(texts.map((text) => writeFileAtomic(path, text)));
    for (let read = 0; read < 20; read++) expect(texts).toContain(await readFile(path, "utf8"));
    await writes;
    expect(texts).toContain(await readFile(path, "utf8"));
    expect(await readdir(folder.path)).toEqual(["x"]);
  });

  it("says what is wrong with the place", async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, "file"), "");
    await expect(writeFileAtomic(join(folder.path, "file/x"), "")).rejects.toThrow(
      /a file where a folder is needed.*--out/,
    );
    await mkdir(join(folder.path, "sub"));
    await expect(writeFileAtomic(join(folder.path, "sub"), "")).rejects.toThrow(UserError);
    expect(await readdir(folder.path)).toEqual(["file", "sub"]);
  });

  it.skipIf(process.getuid?.() === 0)(
    "says that a folder is read-only (skipped for root, who may write everywhere)",
    async () => {
      await using folder = await temporaryFolder();
      await chmod(folder.path, 0o555);
      await expect(writeFileAtomic(join(folder.path, "x"), "")).rejects.toThrow(/no permission to write/);
      await chmod(folder.path, 0o755);
    },
  );

  it.each([
    ["EROFS", /a read-only disk/],
    ["ENOSPC", /a full disk/],
    ["EFBIG", /above the largest size allowed there/],
    ["EIO", /a disk that fails to write/],
    ["EISDIR", /a folder of that name/],
  ])("explains %s", (code, message) => {
    const failure = writeFailure("/data/x", Object.assign(new Error("raw"), { code }));
    expect(failure).toBeInstanceOf(UserError);
    expect(String(failure)).toMatch(message);
    const other = new Error("a bug");
    expect(writeFailure("/data/x", other)).toBe(other);
  });
});
