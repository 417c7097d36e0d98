import { readdir, rm } from "node:fs/promises";
import { ortNodeEngine } from "@hermes-us/tensor/ort-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CheckpointTensors } from "../models/checkpoints/checkpoint.js";
import type { Dataset } from "./dataset-folder.js";
import type { PublicWeights } from "./pretrained-weights.js";
import { resolvePlan } from "./resolve-plan.js";
import { makeSmallDataset } from "./testing/small-dataset.js";
import { temporaryFolder } from "./testing/temporary-folder.js";
import { trainRun } from "./train-run.js";

let dataset: Dataset;
beforeAll(async () => {
  dataset = await makeSmallDataset(12);
});
afterAll(() => rm(dataset.root, { recursive: true }));

function weightsNamed(name: string, names: readonly string[]): PublicWeights {
  const tensors: CheckpointTensors = new Map(
    names.map((tensor) => [tensor, { shape: [1], data: new Float32Array(1) }]),
  );
  return { name, sha256: "0".repeat(64), tensors };
}

/** Trains the light pair from weights, without images to learn from: it stops at what is wrong with the weights. */
async function trainFrom(weights: PublicWeights, settings: readonly string[], out: string): Promise<unknown> {
  const ids = dataset.manifest.samples.map(({ id }) => id);
  const view = {
    splitHash: "s".repeat(64),
    manifestHash: dataset.manifestHash,
    labelled: ids.slice(0, 8),
    unlabelled: ids.slice(8),
    val: [],
  };
  const training = { dataset, view };
  const [profile, method, split, labels] = ["light", "supervised", "default", "8"];
  const plan = resolvePlan({
    ...{ profile, method, split, labels, dataset, training, weights },
    seed: 1,
    settings: ["criterion=last", "sidePx=32", ...settings],
    config: {},
    codeVersion: "1",
  });
  await using engine = await ortNodeEngine({ threads: 1 });
  return await trainRun({
    ...{ plan, engine, training, weights, out },
    loaderWorkers: 1,
    resume: "auto",
    signal: new AbortController().signal,
    onEvent() {},
  });
}

describe("weights for another encoder than the model's", () => {
  it.each([
    ["timm's file", ["conv_stem.weight"], [], "add --set encoder=torch"],
    ["torchvision's file", ["features.0.0.weight"], [], "add --set encoder=torch"],
    ["the folded file", ["stem.bias"], ["encoder=torch"], "add --set encoder=tensorflow"],
  ])("are refused before the run has a folder: %s", async (file, names, settings, advice) => {
    await using folder = await temporaryFolder();
    await expect(trainFrom(weightsNamed(file, names), settings, folder.path)).rejects.toThrow(advice);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it("are let through where they agree", async () => {
    await using folder = await temporaryFolder();
    const weights = weightsNamed("timm's file", ["conv_stem.weight"]);
    await expect(trainFrom(weights, ["encoder=torch"], folder.path)).rejects.toThrow(/missing are/);
  });
});
