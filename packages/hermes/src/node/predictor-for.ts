import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { Engine } from "@hermes-us/tensor";
import type { RunFacts } from "../evaluate/run-facts.js";
import { type ImagePredictor, networkPredictor } from "../predict/image-predictor.js";
import { type Plan, planHash, runId } from "../train/plan.js";
import { MASK_CLASSES } from "../train/training-program.js";
import { modelByName } from "./by-name.js";
import { loadModel, readModelBytes } from "./load-model.js";
import { modelPredictor } from "./model-predictor.js";
import { parsePlan, readRun, runFiles } from "./run-directory.js";

/** A model with what is known of where it comes from. */
export interface KnownPredictor {
  readonly predictor: ImagePredictor;
  readonly facts: RunFacts;
  /** Folder of the run, or a model file's path without its ending; reports go below it. */
  readonly folder: string;
}

const MASK_THRESHOLD = 0.5;
const BATCH = 8;
const MODEL_ENDING = ".onnx";

/**
 * Makes a trained model ready.
 * @param path folder of a run, or a model file
 * @param engine for a run; a model file opens its own session
 * @throws UserError if there is none, or none that can be read
 */
export async function predictorFor(path: string, engine: Engine): Promise<KnownPredictor> {
  const full = resolve(path);
  return full.endsWith(MODEL_ENDING) ? ofModelFile(full) : ofRun(full, engine);
}

async function ofModelFile(path: string): Promise<KnownPredictor> {
  const bytes = await readModelBytes(path);
  const model = await loadModel(bytes, {}, path);
  const plan = parsePlan(JSON.stringify(model.card.plan), path);
  return {
    predictor: modelPredictor(model),
    facts: factsOf(`${runId(plan)} (${basename(path)})`, plan, bytes),
    folder: path.slice(0, -MODEL_ENDING.length),
  };
}

async function ofRun(folder: string, engine: Engine): Promise<KnownPredictor> {
  const { plan, weights } = await readRun(folder);
  const definition = modelByName(plan.model.name);
  const model = definition.build(definition.options.parse(plan.model.options), {
    classes: plan.model.classes.length,
    maskClasses: MASK_CLASSES,
    imageChannels: 1,
  });
  const predictor = await networkPredictor({
    engine,
    model,
    weights,
    classes: plan.model.classes,
    sidePx: plan.training.sidePx,
    aspect: plan.training.aspect,
    maskThreshold: MASK_THRESHOLD,
    batch: BATCH,
  });
  const weightsFile = await readFile(join(folder, runFiles.checkpoints, runFiles.best));
  return { predictor, facts: factsOf(basename(folder), plan, weightsFile), folder };
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
