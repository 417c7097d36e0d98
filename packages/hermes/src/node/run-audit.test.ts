import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AuditReport, auditReportSchema, verdictOf } from "../data/audit/audit-report.js";
import type { FindingCode } from "../data/audit/finding.js";
import { makeSplit } from "../data/split/make-split.js";
import { sealSplit } from "../data/split/split-file.js";
import { auditDataset } from "./audit-dataset.js";
import { readAuditFacts } from "./audit-facts.js";
import { openDataset } from "./dataset-folder.js";
import { importDataset } from "./import-dataset.js";
import { writeSplits } from "./split-store.js";
import { type PhantomSetRequest, type PhantomTruth, writePhantoms } from "./write-phantoms.js";

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "hermes-test-"));
  folders.push(folder);
  return folder;
}

async function audited(
  changes: Partial<PhantomSetRequest>,
): Promise<{ folder: string; truth: PhantomTruth; report: AuditReport }> {
  const folder = join(await newFolder(), "set");
  const truth = await writePhantoms({
    out: folder,
    count: 60,
    sizePx: 96,
    seed: 1,
    layout: "bus-bra",
    plants: [],
    ...changes,
  });
  await importDataset({ folder, format: "auto", choices: {} });
  return { folder, truth, report: await auditDataset({ dataset: await openDataset(folder) }) };
}

/** Recall and precision of what was found against what was planted. */
function score(
  found: ReadonlySet<string>,
  planted: ReadonlySet<string>,
): { recall: number; precision: number } {
  const hits = [...found].filter((one) => planted.has(one)).length;
  return { recall: hits / planted.size, precision: hits / found.size };
}

const MASK_CODE_OF_FAULT: Readonly<Record<string, FindingCode>> = {
  size: "mask-size",
  rgba: "mask-alpha",
  "grey-levels": "mask-values",
  empty: "mask-empty",
  specks: "mask-specks",
  jpeg: "mask-lossy",
  misaligned: "mask-misplaced",
  border: "mask-border",
};
const IMAGE_CODE_OF_FAULT: Readonly<Record<string, FindingCode>> = {
  colour: "image-colour",
  "dual-view": "image-dual-view",
  "black-border": "image-border",
  constant: "image-constant",
  "extreme-aspect": "image-aspect",
  "extreme-size": "image-size",
};

describe("an audit of planted copies", () => {
  let set: Awaited<ReturnType<typeof audited>>;
  beforeAll(async () => {
    set = await audited({
      count: 200,
      sizePx: 112,
      seed: 11,
      plants: ["duplicates", "near-duplicates", "cross-class", "mask-conflicts", "calipers", "text"],
    });
  });

  it("finds at least 95 % of them, and at least 90 % of what it finds are copies", () => {
    const copies = set.truth.plants.filter(({ ids }) => ids.length === 2);
    const planted = new Set(copies.map(({ ids }) => [...ids].sort().join(" = ")));
    expect(planted.size).toBe(32);
    const { recall, precision } = score(
      new Set(set.report.nearDuplicateGroups.map((ids) => ids.join(" = "))),
      planted,
    );
    console.info(`copies: recall ${recall.toFixed(3)}, precision ${precision.toFixed(3)}`);
    expect(recall).toBeGreaterThanOrEqual(0.95);
    expect(precision).toBeGreaterThanOrEqual(0.9);
  });

  it("blocks for the contradictions among them", () => {
    const blocked = (code: FindingCode) =>
      new Set(set.report.findings.filter((one) => one.code === code).map(({ ids }) => ids.join()));
    const planted = (kind: string) =>
      new Set(
        set.truth.plants.filter((plant) => plant.kind === kind).map(({ ids }) => [...ids].sort().join()),
      );
    expect(score(blocked("label-conflict"), planted("cross-class")).recall).toBeGreaterThanOrEqual(0.95);
    expect(score(blocked("label-conflict"), planted("cross-class")).precision).toBe(1);
    expect(score(blocked("mask-conflict"), planted("mask-conflict")).recall).toBeGreaterThanOrEqual(0.9);
    expect(verdictOf(set.report)).toBe("blocked");
  });

  it("finds burned-in marks", () => {
    for (const [kind, code] of [
      ["calipers", "image-calipers"],
      ["text", "image-text"],
    ] as const) {
      const planted = new Set(
        set.truth.plants.filter((plant) => plant.kind === kind).flatMap(({ ids }) => ids),
      );
      const found = new Set(set.report.findings.filter((one) => one.code === code).flatMap(({ ids }) => ids));
      expect(score(found, planted).recall).toBeGreaterThan(0.85);
      expect(score(found, planted).precision).toBeGreaterThan(0.9);
    }
  });

  it("writes a report that others can read, and a page without outside links", async () => {
    const dataset = await openDataset(set.folder);
    const facts = await readAuditFacts(dataset);
    expect(facts?.nearDuplicateGroups).toEqual(set.report.nearDuplicateGroups);
    expect(facts?.blocking.length).toBe(set.report.blocking.length);
    expect(
      auditReportSchema.parse(JSON.parse(await readFile(join(dataset.folder, "audit.json"), "utf8"))),
    ).toEqual(set.report);
    const page = await readFile(join(dataset.folder, "audit.html"), "utf8");
    expect(page).toContain("data:image/jpeg;base64,");
    expect(page).not.toMatch(/(src|href)="(?!data:|#)/);
  });
});

describe("an audit of planted faults", () => {
  let set: Awaited<ReturnType<typeof audited>>;
  beforeAll(async () => {
    set = await audited({ count: 300, sizePx: 128, seed: 11, plants: ["mask-faults", "image-faults"] });
  });

  function plantedFaults(prefix: string, codeOf: Readonly<Record<string, FindingCode>>): Set<string> {
    return new Set(
      set.truth.plants
        .filter(({ kind }) => kind.startsWith(prefix))
        .map(({ kind, ids }) => `${codeOf[kind.slice(prefix.length)]} ${ids[0]}`),
    );
  }

  it("finds at least 95 % of the faults of masks, and at least 90 % of what it finds are faults", () => {
    const planted = plantedFaults("mask-fault:", MASK_CODE_OF_FAULT);
    const withImageFault = new Set(
      set.truth.plants.filter(({ kind }) => kind.startsWith("image-")).map(({ ids }) => ids[0]),
    );
    const found = set.report.findings.filter(
      ({ code, ids }) => code.startsWith("mask-") && !withImageFault.has(ids[0]),
    );
    const { recall, precision } = score(new Set(found.map(({ code, ids }) => `${code} ${ids[0]}`)), planted);
    console.info(
      `mask faults: ${planted.size}; recall ${recall.toFixed(3)}, precision ${precision.toFixed(3)}`,
    );
    expect(planted.size).toBe(24);
    expect(recall).toBeGreaterThanOrEqual(0.95);
    expect(precision).toBeGreaterThanOrEqual(0.9);
  });

  it("finds every fault of images", () => {
    const planted = plantedFaults("image-fault:", IMAGE_CODE_OF_FAULT);
    const found = new Set(set.report.findings.map(({ code, ids }) => `${code} ${ids[0]}`));
    expect([...planted].filter((one) => !found.has(one))).toEqual([]);
  });

  it("says nothing about clean images", () => {
    const faulty = new Set(set.truth.plants.flatMap(({ ids }) => ids));
    const alarms = set.report.findings.filter(
      ({ ids, severity }) => severity !== "info" && !ids.some((id) => faulty.has(id)),
    );
    expect(alarms.length).toBeLessThanOrEqual(2);
  });
});

describe("an audit", () => {
  it("is clean for a clean set, and warns of a class that is brighter", async () => {
    expect(verdictOf((await audited({})).report)).toBe("clean");
    const { report } = await audited({ plants: ["shortcut"], count: 120 });
    expect(report.findings.map(({ code }) => code)).toContain("source-shortcut");
    expect(verdictOf(report)).toBe("warnings");
  });

  it("is unblocked by decisions", async () => {
    const { folder, report } = await audited({ plants: ["cross-class"] });
    expect(verdictOf(report)).toBe("blocked");
    const dataset = await openDataset(folder);
    const decisions = report.blocking.map(({ ids }) => ({
      ids,
      decision: { drop: [ids[1]] },
      reason: "seen twice",
    }));
    await writeFile(join(dataset.folder, "decisions.json"), JSON.stringify({ version: 1, decisions }));
    const again = await auditDataset({ dataset });
    expect(again.blocking).toEqual([]);
    expect(again.decisionsHash).toHaveLength(64);
  });

  it("finds files that are gone, changed or torn apart by a split", async () => {
    const { folder } = await audited({ count: 42 });
    const dataset = await openDataset(folder);
    const [a, b] = dataset.manifest.samples;
    await writeFile(dataset.pathOf(a!.image), "no picture");
    await writeFile(
      dataset.pathOf(b!.image),
      await readFile(dataset.pathOf(dataset.manifest.samples[2]!.image)),
    );
    const split = makeSplit({
      manifest: dataset.manifest,
      manifestHash: dataset.manifestHash,
      decisionsHash: null,
      nearDuplicateGroups: null,
      seed: 1,
      options: { shares: [0.6, 0.2, 0.2], labels: [], balance: "natural", labelUnit: "image" },
    });
    const { hash: _, ...content } = split;
    const views = dataset.manifest.samples.filter(({ group }) => group === b!.group).map(({ id }) => id);
    const patient = dataset.manifest.samples.find(
      ({ id, group }) =>
        split.train.includes(id) &&
        split.train.some(
          (other) =>
            other !== id && dataset.manifest.samples.some((s) => s.id === other && s.group === group),
        ),
    )!;
    expect(views.length).toBeGreaterThan(0);
    const torn = {
      ...content,
      train: content.train.filter((id) => id !== patient.id),
      test: [...content.test, patient.id].sort(),
    };
    await writeSplits(
      dataset,
      new Map([
        ["torn", sealSplit(torn)],
        ["whole", split],
      ]),
      "refuse",
    );
    const { findings } = await auditDataset({ dataset });
    const of = (code: FindingCode) => findings.filter((one) => one.code === code);
    expect(of("unreadable-file").map(({ ids }) => ids)).toEqual([[a!.id]]);
    expect(of("changed-file").map(({ ids }) => ids)).toEqual([[b!.id]]);
    const leaks = of("split-leak").filter(({ message }) => message.includes("patient"));
    expect(leaks).toHaveLength(1);
    expect(leaks[0]!.message).toBe(`split torn: patient ${patient.group} is in train and test`);
  });
});
