import { describe, expect, it } from "vitest";
import { makeManifest, makeSample } from "../testing/make-samples.js";
import { makeSplit } from "./make-split.js";
import { countOpenings, type LedgerEntry, openTestIds } from "./test-ledger.js";
import { trainingView } from "./training-view.js";

const samples = Array.from({ length: 40 }, (_, index) =>
  makeSample(`s${index}`, { className: index % 2 === 0 ? "benign" : "malignant" }),
);
const split = makeSplit({
  manifest: makeManifest(samples),
  manifestHash: "a".repeat(64),
  decisionsHash: null,
  nearDuplicateGroups: null,
  seed: 1,
  options: { shares: [0.6, 0.2, 0.2], labels: [6], balance: "balanced", labelUnit: "image" },
});

describe("trainingView", () => {
  it("divides the training part and holds no test id anywhere", () => {
    const view = trainingView(split, "6");
    expect(view.labelled).toHaveLength(6);
    expect([...view.labelled, ...view.unlabelled].sort()).toEqual([...split.train].sort());
    const text = JSON.stringify(view);
    for (const id of split.test) expect(text).not.toContain(`"${id}"`);
  });

  it("has all labels under the name all, and says which budgets there are", () => {
    expect(trainingView(split, "all").unlabelled).toEqual([]);
    expect(() => trainingView(split, "7")).toThrow(/one of 6, all/);
  });
});

describe("openTestIds", () => {
  const opening = { time: "2026-01-01T00:00:00Z", who: "a@b", runId: "run", purpose: "evaluation" };

  it("writes the opening down before it gives the ids", async () => {
    const entries: LedgerEntry[] = [];
    const ids = await openTestIds(split, { append: async (entry) => void entries.push(entry) }, opening);
    expect(ids).toEqual(split.test);
    expect(countOpenings(entries, split.hash)).toBe(1);
    expect(countOpenings(entries, "0".repeat(64))).toBe(0);
  });

  it("gives nothing if the ledger cannot be written", async () => {
    await expect(
      openTestIds(split, { append: () => Promise.reject(new Error("read-only")) }, opening),
    ).rejects.toThrow("read-only");
  });
});
