import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const program = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const phantom = (...words: string[]) =>
  promisify(execFile)(process.execPath, [program, "data", "phantom", ...words]);

describe("hermes data phantom", () => {
  let parent = "";
  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), "hermes-phantom-"));
  });
  afterAll(() => rm(parent, { recursive: true, force: true }));

  it("draws the lesions that it is asked for", async () => {
    const out = join(parent, "set");
    const { stdout } = await phantom(out, "--count", "7", "--size", "64", "--lesions", "clear");
    expect(stdout).toContain("7 images of 4 patients");
    expect(JSON.parse(await readFile(join(out, "truth.json"), "utf8"))).toMatchObject({ lesions: "clear" });
  }, 20_000);

  it("refuses lesions that it does not know, with exit code 2", async () => {
    await expect(phantom(join(parent, "other"), "--lesions", "huge")).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("natural"),
    });
  }, 20_000);
});
