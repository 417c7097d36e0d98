import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { Engine } from "@hermes-us/tensor";
import { UserError } from "../errors.js";
import type { RunFacts } from "../evaluate/run-facts.js";
import { type ImagePredictor, networkPredictor } from "../predict/image-predictor.js";
import { type Plan, planHash } from "../train/plan.js";
import { MASK_CLASSES } from "../train/training-program.js";
import { readRun, runFiles } from "./run-directory.js";
import { modelByName } from "./train-run.js";

/** A model with what is known of where it comes from. */
export interface KnownPredictor {
  readonly predictor: ImagePredictor;
  readonly facts: RunFacts;
  /** Folder of the run; reports go below it. */
  readonly folder: string;
}

const MASK_THRESHOLD = 0.5;
const BATCH = 8;

/**
 * Makes a trained model ready.
 * @param path folder of a run
 * @throws UserError if there is no run, or none that can be read
 */
export async function predictorFor(path: string, engine: Engine): Promise<KnownPredictor> {
  if (path.endsWith(".onnx")) {
    throw UserError.of(
      path,
      "a model file",
      "the folder of a run",
      "evaluate the run that the file was exported from",
    );
  }
  const folder = resolve(path);
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
  return { predictor, facts: await factsOf(folder, plan), folder };
}

async function factsOf(folder: string, plan: Plan): Promise<RunFacts> {
  const weights = await readFile(join(folder, runFiles.checkpoints, runFiles.best));
  return {
    id: basename(folder),
    planHash: planHash(plan),
    weightsSha256: createHash("sha256").update(weights).digest("hex"),
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
