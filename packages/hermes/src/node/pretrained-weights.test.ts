import { readdir, rm } from "node:fs/promises";
import { ortNodeEngine } from "@hermes-us/tensor/ort-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CheckpointTensors } from "../models/checkpoints/checkpoint.js";
import { syntheticCheckpoint } from "../models/testing/synthetic-checkpoints.js";
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

/**
 * Trains the light pair from weights, stopped before the first step.
 * @returns why the run ended, then its notes
 */
async function trainFrom(
  file: PublicWeights,
  settings: readonly string[],
  out: string,
): Promise<readonly string[]> {
  const ids = dataset.manifest.samples.map(({ id }) => id);
  const view = {
    splitHash: "s".repeat(64),
    manifestHash: dataset.manifestHash,
    labelled: ids.slice(0, 8),
    unlabelled: ids.slice(8),
    val: [],
  };
  const [training, weights] = [{ dataset, view }, [file]];
  const [profile, method, split, labels] = ["light", "supervised", "default", "8"];
  const plan = resolvePlan({
    ...{ profile, method, split, labels, dataset, training, weights },
    seed: 1,
    settings: ["criterion=last", "sidePx=32", ...settings],
    config: {},
    codeVersion: "1",
  });
  await using engine = await ortNodeEngine({ threads: 1 });
  const notes: string[] = [];
  const { reason } = await trainRun({
    ...{ plan, engine, training, weights, out },
    loaderWorkers: 0,
    resume: "auto",
    signal: AbortSignal.abort(),
    onEvent() {},
    onNote: (note) => notes.push(note),
  });
  return [reason, ...notes];
}

describe("weights for an encoder", () => {
  it.each([
    ["timm's file", ["conv_stem.weight"], [], "add --set encoder=torch"],
    ["torchvision's file", ["features.0.0.weight"], [], "add --set encoder=torch"],
    ["the folded file", ["stem.bias"], ["encoder=torch"], "add --set encoder=tensorflow"],
  ])(
    "are refused before the run has a folder where the model's is another: %s",
    async (file, names, settings, advice) => {
      await using folder = await temporaryFolder();
      await expect(trainFrom(weightsNamed(file, names), settings, folder.path)).rejects.toThrow(advice);
      expect(await readdir(folder.path)).toEqual([]);
    },
  );

  it("are let through where they agree", async () => {
    await using folder = await temporaryFolder();
    const weights = weightsNamed("timm's file", ["conv_stem.weight"]);
    await expect(trainFrom(weights, ["encoder=torch"], folder.path)).rejects.toThrow(
      /tensors that make up no part/,
    );
  });

  it("are told of before the first step where they are for one part of two", async () => {
    await using folder = await temporaryFolder();
    const beginning = [...syntheticCheckpoint("mobilenet-v2")].filter(
      ([name]) => !/^(blocks\.[56]|conv_head|bn2)\./.test(name),
    );
    const file = { name: "beginning", sha256: "0".repeat(64), tensors: new Map(beginning) };
    const [reason, ...notes] = await trainFrom(file, ["encoder=torch"], folder.path);
    expect(reason).toBe("interrupted");
    expect(notes).toEqual(["no file of --weights is for cls.encoder (mobilenet-v2), which begins at random"]);
  });
});
