import { existsSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { evaluateRun, layoutNames, writePhantoms } from "@hermes-us/hermes/node";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { program, runHermes } from "../testing/hermes-process.js";

const isBuilt = existsSync(program);
if (!isBuilt) process.stderr.write(`skipped: ${program} is not there (run npm run build)\n`);
const browser = process.env.HERMES_CHROMIUM ?? "/usr/bin/chromium";
const hasBrowser = existsSync(browser);
if (!hasBrowser) process.stderr.write(`skipped in part: no Chromium at ${browser} (set HERMES_CHROMIUM)\n`);

const SETTINGS = "steps=2,validateEvery=2,sidePx=32,width=4,convolutions=1,labelledBatch=2,unlabelledBatch=2";
const SETUP_MS = 120_000;

let folder = "";
let data = "";
const runs: Record<string, string> = {};

const hermes = (...words: string[]) => runHermes(words, { cwd: folder });

async function done(...words: string[]): Promise<string> {
  const { code, out, err } = await hermes(...words);
  expect({ code, err: code === 0 ? "" : err }).toEqual({ code: 0, err: "" });
  return out;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hermes-evaluate-"));
  if (!isBuilt) return;
  data = join(folder, "set");
  await done("data", "phantom", data, "--count", "30", "--size", "64");
  await done("data", "import", data);
  await done("data", "split", "--data", data, "--labels", "8", "--shares", "0.5/0.2/0.3");
  for (const [method, criterion] of [
    ["supervised", "dice-and-auroc"],
    ["mean-teacher", "last"],
  ] as const) {
    const line = [
      "--data",
      data,
      "--labels",
      "8",
      "--profile",
      "small",
      "--method",
      method,
      "--threads",
      "1",
    ];
    const settings = ["--set", SETTINGS, "--set", `criterion=${criterion}`];
    await done("train", ...line, ...settings, "--out", join(folder, "runs"));
  }
  for (const name of await readdir(join(folder, "runs"))) {
    runs[name.startsWith("supervised") ? "supervised" : "meanTeacher"] = join(folder, "runs", name);
  }
}, SETUP_MS);

afterAll(() => rm(folder, { recursive: true, force: true }));

async function ledger(): Promise<{ purpose: string }[]> {
  const text = await readFile(join(data, "hermes", "ledger.jsonl"), "utf8").catch(() => "");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

describe.skipIf(!isBuilt)("hermes evaluate", () => {
  it("prints every metric with its interval, and counts each look at the test part", async () => {
    const before = (await ledger()).length;
    const out = await done("evaluate", runs.supervised!, "--data", data);
    expect(out).toMatch(/^Dice +0\.\d{3} +0\.\d{3}–0\.\d{3}$/m);
    expect(out).toMatch(/^AUROC +/m);
    expect(out).toMatch(/^specificity ≥ 0.9 +0\.\d+/m);
    expect(out).toContain(`test looks: ${before + 1}`);
    const again = JSON.parse(await done("evaluate", runs.supervised!, "--data", data, "--json", "yes"));
    expect(again.testLooks).toEqual({ all: before + 2, byThisRun: before + 2 });
    expect(again.data).toMatchObject({ relation: "own", part: "test" });
    expect(again.images).toBeUndefined();
    expect((await ledger()).length).toBe(before + 2);
  });

  it("gives the numbers on validation that training gave, to three digits, without opening the test part", async () => {
    const before = (await ledger()).length;
    const out = join(folder, "val");
    await done("evaluate", runs.supervised!, "--data", data, "--split", "val", "--out", out);
    const evaluation = JSON.parse(await readFile(join(out, "evaluation.json"), "utf8"));
    const events = (await readFile(join(runs.supervised!, "events.jsonl"), "utf8")).split("\n");
    const { scores } = JSON.parse(events.findLast((line) => line.includes('"kind":"validation"'))!);
    expect(evaluation.segmentation.metrics.dice.value).toBeCloseTo(scores.dice, 3);
    expect(evaluation.classification.metrics.auroc.value).toBeCloseTo(scores.auroc, 3);
    expect(evaluation.classification.metrics.accuracy.value).toBeCloseTo(scores.accuracy, 3);
    expect(evaluation.notes[0]).toContain("chose the checkpoint");
    expect((await ledger()).length).toBe(before);
  });

  it("does not say that validation chose what it did not", async () => {
    const line = ["--data", data, "--split", "val", "--json", "yes"];
    const { notes } = JSON.parse(await done("evaluate", runs.meanTeacher!, ...line));
    expect(notes[0]).toContain("which the thresholds are fitted on");
    expect(notes[0]).not.toContain("chose");
  });

  it("gives for each image what the exported model file gives, to the last bit, with any number of threads", async () => {
    const model = join(folder, "exported.onnx");
    await done("export", runs.supervised!, "--data", data, "--out", model);
    const answers = async (path: string, threads: string) => {
      const out = join(folder, `of-file-or-run-${threads}`);
      await done("evaluate", path, "--data", data, "--out", out, "--threads", threads);
      const { images, segmentation, classification } = JSON.parse(
        await readFile(join(out, "evaluation.json"), "utf8"),
      );
      return { images, segmentation, classification };
    };
    const ofRun = await answers(runs.supervised!, "1");
    expect(ofRun.images).toHaveLength(9);
    expect(await answers(model, "2")).toEqual(ofRun);
    const results = join(folder, "predicted");
    await done("predict", model, join(data, "Images"), "--out", results);
    const lines = (await readFile(join(results, "predictions.jsonl"), "utf8")).trim().split("\n");
    const predicted = new Map(
      lines
        .map((line) => JSON.parse(line))
        .map(({ image, classProbs }) => [image.replace(/^.*\//, ""), classProbs]),
    );
    for (const { id, classProbs } of ofRun.images) {
      expect(Object.values(predicted.get(`${id.replace(/^.*\//, "")}.png`))).toEqual(classProbs);
    }
  });

  it("refuses images that the run was trained on, with their ids", async () => {
    const split = JSON.parse(await readFile(join(data, "hermes", "splits", "default.json"), "utf8"));
    const list = join(folder, "leak.txt");
    await writeFile(list, `${split.test[0]}\n${split.train[3]}\n`);
    const before = (await ledger()).length;
    const leak = await hermes("evaluate", runs.supervised!, "--data", data, "--split", list);
    expect(leak.code).toBe(2);
    expect(leak.err).toContain(`1 images that the run was trained on: ${split.train[3]};`);
    const all = await hermes("evaluate", runs.supervised!, "--data", data, "--split", "all");
    expect(all.code).toBe(2);
    for (const id of split.train) expect(all.err).toContain(id);
    expect((await ledger()).length).toBe(before);
  });

  it("knows training files again in a folder under other names", async () => {
    await done("evaluate", runs.supervised!, "--data", data);
    const copy = join(folder, "renamed");
    await cp(data, copy, { recursive: true });
    await rm(join(copy, "hermes"), { recursive: true });
    const { code, err } = await hermes("evaluate", runs.supervised!, "--data", copy);
    expect(code).toBe(2);
    expect(err).toContain("the images that the run was trained on");
    const plain = join(folder, "plain");
    await cp(join(copy, "Images"), join(plain, "benign"), { recursive: true });
    const byContent = await hermes("evaluate", runs.supervised!, "--data", plain);
    expect(byContent.code).toBe(2);
    const split = JSON.parse(await readFile(join(data, "hermes", "splits", "default.json"), "utf8"));
    expect(byContent.err).toContain(`${split.train.length} images that the run was trained on: benign/`);
  });

  it("evaluates a folder that it has never seen, and leaves nothing in it", async () => {
    const other = join(folder, "other");
    await done(
      "data",
      "phantom",
      other,
      "--count",
      "8",
      "--size",
      "64",
      "--seed",
      "9",
      "--layout",
      "generic",
    );
    const out = await done("evaluate", runs.meanTeacher!, "--data", other, "--out", join(folder, "on-other"));
    expect(out).toContain("a set that it was not trained on");
    expect(out).toMatch(/^Dice +\d/m);
    const slip = await hermes("evaluate", runs.meanTeacher!, "--data", other, "--split", "tets");
    expect(slip.err).toMatch(/wanted test, all, or a file .*did you mean test\?/);
    expect(existsSync(join(other, "hermes"))).toBe(false);
  });

  it("takes the form of every importer", async () => {
    for (const layout of layoutNames) {
      const images = join(folder, layout);
      await writePhantoms({ out: images, count: 8, sizePx: 64, seed: 9, layout, plants: [] });
      const { evaluation } = await evaluateRun({
        path: runs.meanTeacher!,
        data: images,
        split: "test",
        out: join(folder, `on-${layout}`),
        classMap: new Map(),
        spacingMm: null,
        runtime: { threads: 1 },
        codeVersion: "test",
        signal: new AbortController().signal,
      });
      expect(evaluation.data.relation).toBe("other");
      expect(evaluation.segmentation!.metrics["dice"]!.value).not.toBeNull();
      // The classes of the thyroid sets are told by a score, those of the others by name.
      if (evaluation.classification === null) expect(["ddti", "sz-tus"]).toContain(layout);
    }
  });

  it("names what is wrong with a run, a list or a folder", async () => {
    const nowhere = await hermes("evaluate", join(folder, "nowhere"), "--data", data);
    expect(nowhere).toMatchObject({ code: 2 });
    expect(nowhere.err).toContain("plan.json");
    const list = await hermes("evaluate", runs.supervised!, "--data", data, "--split", "no-such-list");
    expect(list.code).toBe(2);
    expect(list.err).toMatch(/no-such-list.*neither a part of the split nor a file/);
    const slip = await hermes("evaluate", runs.supervised!, "--data", data, "--split", "vall");
    expect(slip.err).toContain("did you mean val?");
    const broken = join(folder, "broken.onnx");
    await writeFile(broken, "not a model");
    expect((await hermes("evaluate", broken, "--data", data)).code).toBe(2);
  });

  it.skipIf(!hasBrowser)("writes a report that a browser shows without complaint or network", async () => {
    const out = join(folder, "shown");
    await done("evaluate", runs.supervised!, "--data", data, "--out", out);
    const opened = await chromium.launch({ executablePath: browser, args: ["--no-sandbox"] });
    try {
      const page = await opened.newPage({ viewport: { width: 390, height: 800 }, colorScheme: "dark" });
      const complaints: string[] = [];
      page.on("console", (message) => complaints.push(message.text()));
      page.on("request", (request) => {
        if (!/^(file|data):/.test(request.url())) complaints.push(request.url());
      });
      await page.goto(`file://${join(out, "report.html")}`);
      expect(complaints).toEqual([]);
      const width = await page.evaluate("document.documentElement.scrollWidth");
      expect(width).toBe(390);
      expect(await page.getByRole("heading", { level: 2 }).count()).toBeGreaterThanOrEqual(7);
      expect(await page.getByRole("img", { name: /Receiver/ }).count()).toBe(1);
      const drawn = page.locator("ol.gallery.large svg.picture").first();
      expect((await drawn.boundingBox())!.height).toBeGreaterThan(50);
      await page.keyboard.press("Tab");
      expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the results");
    } finally {
      await opened.close();
    }
  });
});

describe.skipIf(!isBuilt)("hermes compare", () => {
  it("evaluates what lacks it, pairs the runs and writes every form", async () => {
    const all = Object.values(runs);
    const refused = await hermes("compare", ...all, "--on", "val");
    expect(refused.code).toBe(2);
    expect(refused.err).toContain("--data");
    const out = await done("compare", ...all, "--on", "val", "--data", data);
    expect(out).toMatch(/Differences to supervised[\s\S]*^Dice +8 +mean-teacher +[+-]?\d/m);
    expect((await readdir(join(folder, "comparison"))).sort()).toEqual([
      "comparison.csv",
      "comparison.html",
      "comparison.json",
      "comparison.md",
    ]);
    const again = await done("compare", ...all, "--on", "val", "--print", "markdown");
    expect(again).toContain("### Differences to supervised");
  });
});
