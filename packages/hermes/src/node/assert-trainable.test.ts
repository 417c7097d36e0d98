import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { serialiseManifest } from "../data/manifest.js";
import { makeManifest, makeSample } from "../data/testing/make-samples.js";
import { assertTrainable } from "./assert-trainable.js";
import { openDataset } from "./dataset-folder.js";
import { temporaryFolder } from "./testing/temporary-folder.js";

async function openSet(folder: string, files: Readonly<Record<string, string>>) {
  await mkdir(join(folder, "hermes"));
  await writeFile(
    join(folder, "hermes/manifest.jsonl"),
    serialiseManifest(makeManifest([makeSample("a"), makeSample("b")])),
  );
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, "hermes", name), text);
  return openDataset(folder);
}

const conflict = { code: "label-conflict", ids: ["a", "b"], message: "benign and malignant" };
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

describe("assertTrainable", () => {
  it.each([
    ["no audit", {}, "not audited"],
    [
      "an audit without open findings",
      { "audit.json": JSON.stringify({ nearDuplicateGroups: [["a", "b"]], blocking: [] }) },
      "audited",
    ],
    [
      "an audit of the decisions as they are",
      {
        "audit.json": JSON.stringify({ nearDuplicateGroups: [], decisionsHash: sha256("{}") }),
        "decisions.json": "{}",
      },
      "audited",
    ],
  ])("lets %s pass", async (_name, files, outcome) => {
    await using folder = await temporaryFolder();
    expect(await assertTrainable(await openSet(folder.path, files))).toBe(outcome);
  });

  it.each([
    [
      "an open conflict",
      { "audit.json": JSON.stringify({ nearDuplicateGroups: [], blocking: [conflict] }) },
      /label-conflict: a, b: got benign and malignant.*decisions.json/,
    ],
    [
      "decisions made after the audit",
      {
        "audit.json": JSON.stringify({ nearDuplicateGroups: [], decisionsHash: null }),
        "decisions.json": "{}",
      },
      /other decisions than the audit saw/,
    ],
    [
      "decisions taken back after the audit",
      { "audit.json": JSON.stringify({ nearDuplicateGroups: [], decisionsHash: sha256("{}") }) },
      /other decisions than the audit saw/,
    ],
  ])("stops at %s", async (_name, files, message) => {
    await using folder = await temporaryFolder();
    await expect(assertTrainable(await openSet(folder.path, files))).rejects.toThrow(message);
  });
});
