import { existsSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { program, runHermes } from "../testing/hermes-process.js";

const isBuilt = existsSync(program);
const skipped = isBuilt ? "" : ` [skipped: no ${program}; run npm run build]`;

let folder = "";

const hermes = (...words: string[]) => runHermes(words, { cwd: folder });

async function done(...words: string[]): Promise<string> {
  const { code, out, err } = await hermes(...words);
  if (code !== 0) throw new Error(`hermes ${words.join(" ")} ended with ${code}: ${err}`);
  return out;
}

describe.skipIf(!isBuilt)(`from a run to predictions${skipped}`, () => {
  let run = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hermes-predict-cli-"));
    await done("data", "phantom", "ph", "--count", "40", "--size", "64");
    await done("data", "import", "ph");
    await done("data", "split", "--data", "ph", "--labels", "8");
    const settings = ["steps=2", "sidePx=32", "labelledBatch=2", "validateEvery=2"].flatMap((text) => [
      "--set",
      text,
    ]);
    await done("train", "--data", "ph", "--method", "supervised", "--labels", "8", ...settings);
    run = join("runs", (await readdir(join(folder, "runs")))[0]!);
    await done("export", run, "--data", "ph", "--coverage", "0.5");
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("shows the card of the file that it exported", async () => {
    const shown = await done("model", "show", "model.onnx");
    expect(shown).toMatch(/^supervised on .*, 8 labelled images/);
    expect(shown).toMatch(/classes +benign, malignant/);
    expect(shown).toMatch(/Dice +0\.\d{3} \(/);
    expect(shown).toMatch(/Abstains below class confidence 0\.\d+ .* fitted on 4 validation images/);
    const card = JSON.parse(await done("model", "show", "model.onnx", "--json", "yes"));
    expect(card.plan.training.steps).toBe(2);
    expect(card.plan).toEqual(JSON.parse(await readFile(join(folder, run, "plan.json"), "utf8")));
    expect(card.weightsSha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it("tells what fewer bits cost", async () => {
    const out = await done("export", run, "--data", "ph", "--precision", "int8", "--out", "small.onnx");
    expect(out).toMatch(/int8 against float32 on validation: Dice [+-]0\.\d{4}, .* % of mask pixels equal/);
    expect((await readFile(join(folder, "small.onnx"))).length).toBeLessThan(5e6);
  });

  it("predicts a folder, ends with 3 for one bad image, and goes on where it was", async () => {
    await cp(join(folder, "ph/Images"), join(folder, "scans"), { recursive: true });
    await writeFile(join(folder, "scans/bad.png"), "no image");
    const first = await hermes("predict", "model.onnx", "scans", "--out", "results", "--spacing", "0.1,0.2");
    expect(first.code).toBe(3);
    expect(first.err).toMatch(/bad\.png/);
    expect(first.out).toMatch(
      /finished: 40 images predicted \(\d+ to be looked at by a person, \d+ of them without an outline\), 1 failed; results/,
    );
    expect(await readdir(join(folder, "results/masks"))).toHaveLength(40);
    await rm(join(folder, "scans/bad.png"));
    const again = await hermes("predict", "model.onnx", "scans", "--out", "results", "--spacing", "0.1,0.2");
    expect([again.code, again.out]).toEqual([
      0,
      expect.stringMatching(/0 images predicted .*, 40 done before, 0 failed/),
    ]);
  });

  it("refuses a file that is cut off, and another data set, without a stack", async () => {
    await cp(join(folder, "model.onnx"), join(folder, "cut.onnx"));
    await truncate(join(folder, "cut.onnx"), 5e6);
    const cut = await hermes("predict", "cut.onnx", "ph/Images");
    expect([cut.code, cut.err]).toEqual([
      2,
      expect.stringMatching(/^cut\.onnx: got 5000000 bytes that are no whole/),
    ]);
    await done("data", "phantom", "other", "--count", "20", "--size", "64", "--seed", "2");
    await done("data", "import", "other");
    const other = await hermes("export", run, "--data", "other", "--out", "other.onnx");
    expect([other.code, other.err]).toEqual([
      2,
      expect.stringMatching(/wanted .* as the run was trained on/),
    ]);
    expect(existsSync(join(folder, "other.onnx"))).toBe(false);
  });
});
