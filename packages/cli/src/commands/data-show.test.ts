import { existsSync } from "node:fs";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeImage, encodePng } from "@hermes-us/hermes/node";
import { beforeAll, describe, expect, it } from "vitest";
import { runHermes } from "../testing/hermes-process.js";

const hermes = (...words: string[]) => runHermes(words);

async function makeBusi(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "hermes-show-"));
  for (const [i, className] of ["benign", "malignant", "benign", "malignant"].entries()) {
    await mkdir(join(folder, className), { recursive: true });
    const base = join(folder, className, `${className} (${i + 1})`);
    const draw = (level: (at: number) => number) =>
      encodePng({
        widthPx: 64,
        heightPx: 48,
        channels: 1,
        data: Uint8Array.from({ length: 3072 }, (_, at) => level(at)),
      });
    await writeFile(`${base}.png`, await draw((at) => (at * (i + 3)) % 251));
    await writeFile(
      `${base}_mask.png`,
      await draw((at) => (at % 64 > 20 && at % 64 < 40 && at > 900 && at < 2000 ? 255 : 0)),
    );
  }
  return folder;
}

describe("hermes data show", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await makeBusi();
    expect((await hermes("data", "import", folder)).code).toBe(0);
  });

  it("writes the sheet and the page", async () => {
    const out = join(folder, "look.png");
    const run = await hermes(
      "data",
      "show",
      "--data",
      folder,
      "--count",
      "3",
      "--views",
      "weak,strong",
      "--out",
      out,
    );
    expect(run).toMatchObject({ code: 0, out: expect.stringContaining("3 of 4 images") });
    expect((await decodeImage(out)).widthPx).toBeGreaterThan(320);
    expect(existsSync(join(folder, "look.html"))).toBe(true);
  });

  it("refuses a split and a view that are not there, with exit code 2 and no file", async () => {
    const out = join(folder, "none.png");
    const split = await hermes("data", "show", "--data", folder, "--split", "nothing", "--out", out);
    expect(split.code).toBe(2);
    expect(split.err).toContain("nothing.json");
    const view = await hermes("data", "show", "--data", folder, "--views", "sideways", "--out", out);
    expect(view.code).toBe(2);
    expect(view.err).toContain("sideways");
    expect(existsSync(out)).toBe(false);
  });
});
