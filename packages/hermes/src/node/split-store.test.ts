import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { openTestIds } from "../data/split/test-ledger.js";
import { openDataset } from "./dataset-folder.js";
import { decidedDataset } from "./decided-dataset.js";
import { importDataset } from "./import-dataset.js";
import { ledgerFile } from "./ledger-file.js";
import { splitDataset } from "./split-dataset.js";
import { listSplits, readSplit, splitPath } from "./split-store.js";
import { temporaryFolder } from "./testing/temporary-folder.js";
import { trainingDataset } from "./training-dataset.js";

const OPTIONS = {
  shares: [0.6, 0.2, 0.2],
  labels: [4],
  balance: "balanced",
  labelUnit: "image",
} satisfies Parameters<typeof splitDataset>[0]["options"];

async function makeSet(folder: string) {
  for (let index = 0; index < 20; index++) {
    const picture = sharp({
      create: { width: 8, height: 8, channels: 3, background: { r: index, g: 0, b: 0 } },
    });
    await picture.png().toFile(join(folder, `${index}.png`));
  }
  const lines = Array.from(
    { length: 20 },
    (_, index) => `${index},${index % 2 === 0 ? "benign" : "malignant"}`,
  );
  await writeFile(join(folder, "t.csv"), `id,class\n${lines.join("\n")}\n`);
  await importDataset({ folder, format: "auto", choices: {} });
  return openDataset(folder);
}

describe("splits on disk", () => {
  it("are written, listed, read, and locked", async () => {
    await using folder = await temporaryFolder();
    const dataset = await makeSet(folder.path);
    const made = await splitDataset({
      dataset,
      name: "default",
      seed: 1,
      options: OPTIONS,
      onTaken: "refuse",
    });
    expect(made.audited).toBe("no");
    expect(await listSplits(dataset)).toEqual(["default"]);
    expect(await readSplit(dataset, "default")).toEqual(made.splits.get("default"));
    await splitDataset({ dataset, name: "default", seed: 1, options: OPTIONS, onTaken: "refuse" });
    await expect(
      splitDataset({ dataset, name: "default", seed: 2, options: OPTIONS, onTaken: "refuse" }),
    ).rejects.toThrow(/another split of that name/);
    const path = splitPath(dataset, "default");
    await writeFile(path, (await readFile(path, "utf8")).replace('"seed": 1', '"seed": 3'));
    await expect(readSplit(dataset, "default")).rejects.toThrow(/a changed file/);
    await expect(readSplit(dataset, "other")).rejects.toThrow(/one of default/);
    expect(() => splitPath(dataset, "../x")).toThrow(/letters, digits/);
  });

  it("keep the audit's near-duplicates together, and refuse an audit of another manifest", async () => {
    await using folder = await temporaryFolder();
    const dataset = await makeSet(folder.path);
    const audit = join(dataset.folder, "audit.json");
    const group = ["0", "1", "2"];
    await writeFile(
      audit,
      JSON.stringify({ manifestHash: dataset.manifestHash, nearDuplicateGroups: [group] }),
    );
    for (let seed = 0; seed < 8; seed++) {
      const { splits } = await splitDataset({
        dataset,
        name: `s${seed}`,
        seed,
        options: OPTIONS,
        onTaken: "refuse",
      });
      const split = splits.get(`s${seed}`)!;
      const homes = [split.train, split.val, split.test].filter((ids) =>
        group.some((id) => ids.includes(id)),
      );
      expect(homes).toHaveLength(1);
    }
    await writeFile(audit, JSON.stringify({ manifestHash: "0".repeat(64), nearDuplicateGroups: [] }));
    await expect(
      splitDataset({ dataset, name: "x", seed: 1, options: OPTIONS, onTaken: "refuse" }),
    ).rejects.toThrow(/an audit of another manifest/);
    await writeFile(audit, "{");
    await expect(
      splitDataset({ dataset, name: "x", seed: 1, options: OPTIONS, onTaken: "refuse" }),
    ).rejects.toThrow(/no audit/);
  });

  it("give training neither ids nor files of the test part", async () => {
    await using folder = await temporaryFolder();
    const dataset = await makeSet(folder.path);
    const { splits } = await splitDataset({
      dataset,
      name: "default",
      seed: 1,
      options: OPTIONS,
      onTaken: "refuse",
    });
    const split = splits.get("default")!;
    const training = await trainingDataset(dataset, split, "4");
    expect(training.view.labelled).toHaveLength(4);
    expect(training.dataset.manifest.samples.map(({ id }) => id).sort()).toEqual(
      [...split.train, ...split.val].sort(),
    );
    expect(training.dataset.pathOf(`${split.train[0]}.png`)).toBe(join(folder.path, `${split.train[0]}.png`));
    for (const id of split.test)
      expect(() => training.dataset.pathOf(`${id}.png`)).toThrow(/not for training/);
  });
});

describe("decisions", () => {
  it("count in splits and training, and lock the split", async () => {
    await using folder = await temporaryFolder();
    const dataset = await makeSet(folder.path);
    const decisions = [
      { ids: ["0", "1"], decision: { drop: ["1"] }, reason: "the same frame" },
      { ids: ["2", "3"], decision: { relabel: { "2": "malignant" } }, reason: "histology" },
    ];
    const path = join(dataset.folder, "decisions.json");
    await writeFile(path, JSON.stringify({ version: 1, decisions }));
    const request = { dataset, name: "default", seed: 1, options: OPTIONS, onTaken: "refuse" } as const;
    const split = (await splitDataset(request)).splits.get("default")!;
    expect([...split.train, ...split.val, ...split.test].sort()).toEqual(
      dataset.manifest.samples.map(({ id }) => id).filter((id) => id !== "1"),
    );
    expect(split.manifestHash).toBe(dataset.manifestHash);
    const { dataset: decided } = await decidedDataset(dataset);
    const classOf = new Map(decided.manifest.samples.map(({ id, className }) => [id, className]));
    expect(classOf.get("2")).toBe("malignant");
    await trainingDataset(dataset, split, "all");
    await writeFile(path, JSON.stringify({ version: 1, decisions: [] }));
    await expect(trainingDataset(dataset, split, "all")).rejects.toThrow(/other decisions than the split/);
    await rm(path);
    await expect(trainingDataset(dataset, split, "all")).rejects.toThrow(/make the split again/);
  });
});

describe("the ledger", () => {
  const entry = { time: "2026-01-01T00:00:00Z", who: "a@b", runId: "r", purpose: "test" };

  it("keeps one whole line per opening, also from many at once and after a line cut short", async () => {
    await using folder = await temporaryFolder();
    const dataset = await makeSet(folder.path);
    const { splits } = await splitDataset({
      dataset,
      name: "default",
      seed: 1,
      options: OPTIONS,
      onTaken: "refuse",
    });
    const split = splits.get("default")!;
    const ledger = ledgerFile(dataset);
    expect(await ledger.entries()).toEqual([]);
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => openTestIds(split, ledger, { ...entry, runId: `r${index}` })),
    );
    expect(new Set((await ledger.entries()).map(({ runId }) => runId)).size).toBe(20);
    await appendFile(join(dataset.folder, "ledger.jsonl"), '{"time": "cut');
    await openTestIds(split, ledger, entry);
    await expect(ledger.entries()).rejects.toThrow(/ledger.jsonl, line 21/);
    expect((await readFile(join(dataset.folder, "ledger.jsonl"), "utf8")).split("\n")).toHaveLength(23);
  });
});
