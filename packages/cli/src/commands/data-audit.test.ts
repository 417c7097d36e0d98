import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runHermes } from "../testing/hermes-process.js";

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

const hermes = (...words: string[]) => runHermes(words);

async function phantoms(...options: string[]): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), "hermes-audit-"));
  folders.push(parent);
  const folder = join(parent, "set");
  expect((await hermes("data", "phantom", folder, "--count", "21", "--size", "96", ...options)).code).toBe(0);
  expect((await hermes("data", "import", folder)).code).toBe(0);
  return folder;
}

describe("hermes data phantom and data audit", () => {
  it("exit with 0 for a clean set", async () => {
    const { code, out } = await hermes("data", "audit", "--data", await phantoms());
    expect({ code, first: out.split("\n")[0] }).toEqual({ code: 0, first: "nothing found" });
  });

  it("exit with 3 for warnings", async () => {
    const { code, out } = await hermes("data", "audit", "--data", await phantoms("--plant", "duplicates"));
    expect(code).toBe(3);
    expect(out).toMatch(/warning +exact-duplicate +2 +4/);
  });

  it("exit with 4 if blocked, and with 3 once the printed lines are in decisions.json", async () => {
    const folder = await phantoms("--plant", "cross-class");
    const blocked = await hermes("data", "audit", "--data", folder);
    expect(blocked.code).toBe(4);
    const snippet = blocked.out.slice(
      blocked.out.indexOf('{"version": 1'),
      blocked.out.indexOf("]}\n\n") + 2,
    );
    await writeFile(join(folder, "hermes", "decisions.json"), snippet);
    const decided = await hermes("data", "audit", "--data", folder);
    expect(decided.code).toBe(3);
    const report = JSON.parse(await readFile(join(folder, "hermes", "audit.json"), "utf8"));
    expect(report.blocking).toEqual([]);
  });

  it("exit with 2 for a user's mistake, in one line", async () => {
    const folder = await phantoms();
    await writeFile(join(folder, "hermes", "decisions.json"), "{");
    const broken = await hermes("data", "audit", "--data", folder);
    expect(broken.code).toBe(2);
    expect(broken.err).toContain("decisions.json");
    const full = await hermes("data", "phantom", folder);
    expect(full.code).toBe(2);
    expect(full.err).toContain("new or empty folder");
    expect((await hermes("data", "phantom", `${folder}-2`, "--plant", "ghosts")).code).toBe(2);
  });
});
