import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { OrtNodeModelOptions } from "@hermes-us/tensor/ort-node";
import type { RunFacts } from "../evaluate/run-facts.js";
import { exportModel } from "../export/export-model.js";
import type { ImagePredictor } from "../predict/image-predictor.js";
import { type Plan, planHash, runId } from "../train/plan.js";
import { unmeasuredModel } from "./export-run.js";
import { loadModelForMany, readModelBytes } from "./load-model.js";
import { modelPredictor } from "./model-predictor.js";
import { parsePlan, readRun, runFiles } from "./run-directory.js";

/** A model with what is known of where it comes from. */
export interface KnownPredictor {
  readonly predictor: ImagePredictor;
  readonly facts: RunFacts;
  /** Folder of the run, or a model file's path without its ending; reports go below it. */
  readonly folder: string;
}

const MODEL_ENDING = ".onnx";

/**
 * Makes a trained model ready. Of a run it is the model file that `hermes export` would write: what is measured is what is
 * shipped, to the last bit.
 * @param path folder of a run, or a model file
 * @throws UserError if there is none, or none that can be read
 */
export async function predictorFor(path: string, options: OrtNodeModelOptions): Promise<KnownPredictor> {
  const full = resolve(path);
  return full.endsWith(MODEL_ENDING) ? ofModelFile(full, options) : ofRun(full, options);
}

async function ofModelFile(path: string, options: OrtNodeModelOptions): Promise<KnownPredictor> {
  const bytes = await readModelBytes(path);
  const model = await loadModelForMany(bytes, options, path);
  const plan = parsePlan(JSON.stringify(model.card.plan), path);
  return {
    predictor: modelPredictor(model),
    facts: factsOf(`${runId(plan)} (${basename(path)})`, plan, bytes),
    folder: path.slice(0, -MODEL_ENDING.length),
  };
}

async function ofRun(folder: string, options: OrtNodeModelOptions): Promise<KnownPredictor> {
  const run = await readRun(folder);
  const bytes = exportModel(unmeasuredModel(run, { precision: "float32", batch: 1 }));
  const model = await loadModelForMany(bytes, options, folder);
  const weightsFile = await readFile(join(folder, runFiles.checkpoints, runFiles.best));
  return {
    predictor: modelPredictor(model),
    facts: factsOf(basename(folder), run.plan, weightsFile),
    folder,
  };
}

function factsOf(id: string, plan: Plan, weightsFile: Uint8Array): RunFacts {
  return {
    id,
    planHash: planHash(plan),
    weightsSha256: createHash("sha256").update(weightsFile).digest("hex"),
    method: plan.method.name,
    model: plan.model.name,
    profile: plan.profile,
    labels: plan.data.labels,
    labelledImages: plan.data.labelledImages,
    unlabelledImages: plan.data.unlabelledImages,
    seed: plan.seed,
    splitName: plan.data.split,
    splitHash: plan.data.splitHash,
    manifestHash: plan.data.manifestHash,
    dataTitle: plan.data.title,
    classes: [...plan.model.classes],
    codeVersion: plan.codeVersion,
    plan: { ...plan },
  };
}
