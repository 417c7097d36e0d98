import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { augmentationPolicies } from "../data/augment/policies.js";
import { type BatchPlan, batchPlanSchema, type TrainingBatch } from "../data/batch.js";
import { UserError } from "../errors.js";
import { type Dataset, datasetFiles } from "./dataset-folder.js";
import { decidedDataset } from "./decided-dataset.js";
import { openBatchLoader } from "./prefetch-loader.js";
import { makeSmallDataset } from "./testing/small-dataset.js";

function planFor(dataset: Dataset): BatchPlan {
  const ids = dataset.manifest.samples.map(({ id }) => id);
  return batchPlanSchema.parse({
    seed: 1,
    sidePx: 16,
    policy: augmentationPolicies.light,
    labelledIds: ids.slice(0, 5),
    unlabelledIds: ids.slice(5),
    labelledBatch: 3,
    unlabelledBatch: 4,
    strongViews: 2,
  });
}

async function take(dataset: Dataset, plan: BatchPlan, workers: number, firstStep: number, count: number) {
  await using loader = openBatchLoader(dataset, { plan, firstStep, workers });
  const batches: TrainingBatch[] = [];
  for (let i = 0; i < count; i++) batches.push(await loader.next());
  return batches;
}

describe("openBatchLoader", () => {
  it("gives the same batches with any number of threads, and when resumed", async () => {
    const dataset = await makeSmallDataset(12);
    const plan = planFor(dataset);
    const straight = await take(dataset, plan, 0, 0, 12);
    expect(straight.map(({ step }) => step)).toEqual(Array.from({ length: 12 }, (_, step) => step));
    expect(await take(dataset, plan, 1, 0, 12)).toEqual(straight);
    expect(await take(dataset, plan, 3, 0, 12)).toEqual(straight);
    expect(await take(dataset, plan, 2, 7, 5)).toEqual(straight.slice(7));
    expect(await take(dataset, plan, 0, 7, 5)).toEqual(straight.slice(7));
  });

  it.each([0, 1])("gives the labels that were decided on (%i threads)", async (workers) => {
    const dataset = await makeSmallDataset(12);
    const ids = dataset.manifest.samples.slice(0, 5).map(({ id }) => id);
    const relabel = Object.fromEntries(ids.map((id) => [id, "malignant"]));
    const decisions = [{ ids, decision: { relabel }, reason: "histology" }];
    await writeFile(join(dataset.folder, datasetFiles.decisions), JSON.stringify({ version: 1, decisions }));
    const decided = (await decidedDataset(dataset)).dataset;
    const [batch] = await take(decided, planFor(dataset), workers, 0, 1);
    expect([...batch!.labelled.label]).toEqual([1, 1, 1]);
    expect([batch]).toEqual(await take(decided, planFor(dataset), 0, 0, 1));
  });

  it("does not depend on the order of the ids in the plan", async () => {
    const dataset = await makeSmallDataset(8);
    const plan = planFor(dataset);
    const turned = { ...plan, labelledIds: [...plan.labelledIds].reverse() };
    expect(await take(dataset, turned, 0, 0, 3)).toEqual(await take(dataset, plan, 0, 0, 3));
  });

  it.each([0, 2])("names the file that cannot be read (%i threads)", async (workers) => {
    const dataset = await makeSmallDataset(6);
    await writeFile(dataset.pathOf(dataset.manifest.samples[2]!.image), "oops");
    const failure: unknown = await take(dataset, planFor(dataset), workers, 0, 6).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(UserError);
    expect(String(failure)).toContain(dataset.manifest.samples[2]!.image);
  });

  it.each([0, 2])("refuses images that are closed to training at once (%i threads)", async (workers) => {
    const dataset = await makeSmallDataset(4);
    const plan = planFor(dataset);
    const samples = dataset.manifest.samples.slice(1);
    const closed = { ...dataset, manifest: { ...dataset.manifest, samples } };
    expect(() => openBatchLoader(closed, { plan, firstStep: 0, workers })).toThrow(/1 image ids/);
  });

  it("can be closed with batches in the making, and says so to who waits", async () => {
    const dataset = await makeSmallDataset(12);
    const loader = openBatchLoader(dataset, {
      plan: planFor(dataset),
      firstStep: 0,
      workers: 2,
      queueBatches: 8,
    });
    const waiting = loader.next();
    const outcome = waiting.then(
      () => "a batch",
      (error: unknown) => String(error),
    );
    await loader[Symbol.asyncDispose]();
    expect(await outcome).toMatch(/closed|a batch/);
    await expect(loader.next()).rejects.toThrow(/closed/);
    await loader[Symbol.asyncDispose]();
  });

  // Other processes may hold the machine for one attempt.
  it("works ahead: a slow reader does not wait", { retry: 3 }, async () => {
    const dataset = await makeSmallDataset(12);
    await using loader = openBatchLoader(dataset, { plan: planFor(dataset), firstStep: 0, workers: 1 });
    await loader.next();
    const before = loader.waitedMs;
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => setTimeout(resolve, 120));
      await loader.next();
    }
    expect(loader.waitedMs - before).toBeLessThan(100);
  });
});
