import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { program, runHermes } from "./testing/hermes-process.js";

const isBuilt = existsSync(program);
if (!isBuilt) process.stderr.write(`skipped: ${program} is not there (run npm run build)\n`);

let folder = "";

/** `hermes train` into a folder that cannot be made: it stops once the plan is printed. */
function train(profile: string, weights: readonly string[]) {
  const data = ["--data", join(folder, "ph"), "--labels", "8", "--profile", profile];
  return runHermes(["train", ...data, "--out", join(folder, "file", "runs"), ...weights]);
}

describe.skipIf(!isBuilt)("hermes train, told of weights", () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hermes-weights-"));
    await writeFile(join(folder, "file"), "");
    const data = join(folder, "ph");
    for (const line of [
      ["data", "phantom", data, "--count", "30", "--size", "64"],
      ["data", "import", data],
      ["data", "split", "--data", data, "--labels", "8", "--balance", "balanced"],
    ]) {
      const { code, err } = await runHermes(line);
      if (code !== 0) throw new Error(err);
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    ["light, without any", "light", [], 1],
    ["light, with random asked for", "light", ["--weights", "random"], 0],
    ["small, which has no encoders to fill", "small", [], 0],
  ])("warns once or not that encoders begin at random: %s", async (_, profile, weights, warnings) => {
    const { code, out, err } = await train(profile, weights);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ profile, weights: { kind: "random" } });
    expect(err.match(/^warning: .*hermes weights fetch mobilenet-v2/gm) ?? []).toHaveLength(warnings);
  });

  it("takes files with commas or one by one, and not beside random", async () => {
    for (const weights of [
      ["--weights", "a.safetensors,random"],
      ["--weights", "a.safetensors", "--weights", "random"],
    ])
      expect(await train("light", weights)).toMatchObject({
        code: 2,
        err: expect.stringContaining("--weights a.safetensors,random: got random and files"),
      });
    const missing = await train("light", ["--weights", "a.safetensors,b.safetensors"]);
    expect(missing.err).toMatch(/[ab]\.safetensors: got ENOENT.*hermes weights fetch/);
  });
});
