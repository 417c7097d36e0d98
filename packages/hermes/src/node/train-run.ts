import { performance } from "node:perf_hooks";
import { join } from "node:path";
import { type Engine, key } from "@hermes-us/tensor";
import type { z } from "zod";
import { augmentationPolicies } from "../data/augment/policies.js";
import type { BatchPlan } from "../data/batch.js";
import { preparedSidePx } from "../data/prepared-image.js";
import type { Sample } from "../data/sample.js";
import { UserError } from "../errors.js";
import type { Method } from "../methods/define-method.js";
import type { CalibrationBatch } from "../models/checkpoints/folded-mobilenet.js";
import type { JointModel } from "../nn/joint-net.js";
import { createPredictor, type Predictor } from "../predict/predictor.js";
import type { EndReason, TrainingEvent } from "../train/events.js";
import type { HiddenTruth } from "../train/hidden-truth.js";
import { initialState } from "../train/initial-state.js";
import { type Plan, runId } from "../train/plan.js";
import { isOver, START, train, type TrainerPorts, type TrainingPosition } from "../train/trainer.js";
import { buildTrainingProgram, type MethodProgram } from "../train/training-program.js";
import { scoreValidation, type ValidationImage } from "../train/validation.js";
import { assertLesions } from "./assert-lesions.js";
import { methodByName } from "./by-name.js";
import type { Dataset } from "./dataset-folder.js";
import { ImageCache } from "./image-cache.js";
import { plannedModel } from "./planned-model.js";
import { openBatchLoader } from "./prefetch-loader.js";
import {
  applyPublicWeights,
  checkEncoder,
  partsFromFiles,
  pretrainedParts,
  type PublicWeights,
} from "./pretrained-weights.js";
import { type Checkpoint, RunDirectory, runFiles } from "./run-directory.js";
import { TensorboardWriter } from "./tensorboard.js";
import type { TrainingDataset } from "./training-dataset.js";
import { pseudoLabelPictures, validationPictures } from "./training-pictures.js";
import { loadValidationImage } from "./validation-images.js";

export interface TrainRunRequest {
  readonly plan: Plan;
  readonly engine: Engine;
  /** Holds training and validation images alone. */
  readonly training: TrainingDataset;
  /** Files that the networks begin from; none: all at random. */
  readonly weights: readonly PublicWeights[];
  /** Folder of all runs. */
  readonly out: string;
  readonly loaderWorkers: number;
  /** `never`: a folder that holds a checkpoint of this plan is refused. */
  readonly resume: "auto" | "never";
  readonly signal: AbortSignal;
  onEvent(event: TrainingEvent): void;
  /** Is told what the files of weights left at random. */
  onNote(note: string): void;
}

export interface TrainRunResult {
  readonly folder: string;
  readonly reason: EndReason | "already finished";
}

/** Images per run of the validating network. */
const VALIDATION_BATCH = 8;
const CALIBRATION_BATCHES = 4;

/** What a plan becomes before anything runs. */
interface Built {
  readonly method: Method;
  readonly methodOptions: z.output<z.ZodObject>;
  readonly model: JointModel;
  readonly program: MethodProgram;
}

/**
 * Runs a plan to its end, or on from its last checkpoint.
 * @throws UserError if the data cannot be trained on, or the folder belongs to another plan or process
 */
export async function trainRun(request: TrainRunRequest): Promise<TrainRunResult> {
  const { plan, weights } = request;
  for (const file of weights) checkEncoder(file, pretrainedParts(plan), plan.model.options);
  await assertLesions(request.training);
  const directory = await RunDirectory.open(request.out, plan);
  try {
    const { checkpoint, damaged } = await directory.loadCheckpoint();
    const isFinished = (await directory.finished()) !== undefined;
    if (request.resume === "never" && (checkpoint !== undefined || damaged.length > 0 || isFinished)) {
      throw UserError.of(
        directory.folder,
        "a run of this plan",
        "an empty folder",
        "go on with it (--resume auto), or choose another folder with --out",
      );
    }
    if (isFinished) {
      if (await directory.bestIsWhole()) return { folder: directory.folder, reason: "already finished" };
      if (checkpoint === undefined) throw pastRepair(directory);
      await directory.markUnfinished();
    }
    const reason = await runFrom(request, directory, checkpoint, damaged);
    if (reason === "finished" || reason === "no-gain") await directory.markFinished(reason);
    return { folder: directory.folder, reason };
  } finally {
    directory.close();
  }
}

function pastRepair({ folder }: RunDirectory): UserError {
  return UserError.of(
    folder,
    "a finished run whose best weights and checkpoints cannot be read",
    "whole best weights, or a checkpoint to make them from",
    "delete the folder and give the same command, or train again in another folder (--out)",
  );
}

async function runFrom(
  request: TrainRunRequest,
  directory: RunDirectory,
  checkpoint: Checkpoint | undefined,
  damaged: readonly string[],
): Promise<EndReason> {
  const { plan, engine, training, signal } = request;
  const { sidePx } = plan.training;
  const built = buildPlan(plan);
  const runKey = key(plan.seed);
  const { from, warnings } = await startingPoint(directory, checkpoint, damaged);
  await directory.forgetEventsAfter(from.step);
  const board = new TensorboardWriter(join(directory.folder, runFiles.tensorboard), from.step, Date.now);
  const emit = (event: TrainingEvent) => {
    directory.emit(event);
    board.event(event);
    request.onEvent(event);
  };
  for (const message of warnings) emit({ kind: "warning", step: from.step, code: "checkpoint", message });
  // What a checkpoint replaces need not be read from a file first.
  const weights = checkpoint === undefined ? request.weights : [];
  const images = await validationImages(training, plan);
  await using session = await engine.train(
    built.program.training,
    await firstState({ ...request, weights }, built),
    "taken",
  );
  if (checkpoint !== undefined) await session.restore(checkpoint.snapshot);
  await using predictor = await createPredictor({
    engine,
    model: built.model,
    sidePx,
    batch: VALIDATION_BATCH,
  });
  await using loader = openBatchLoader(training.dataset, {
    plan: batchPlan(training, plan),
    firstStep: from.step,
    workers: request.loaderWorkers,
  });
  const { method, methodOptions, program } = built;
  const settings = plan.training;
  return await train(
    { runId: runId(plan), method, methodOptions, settings, program, key: runKey.fork("random"), from },
    {
      engine,
      session,
      nextBatch: () => loader.next(),
      waitedMs: () => loader.waitedMs,
      validate: validator(images, predictor, sidePx, board),
      saveCheckpoint: async (position, snapshot, best) => {
        if (best !== null) await directory.saveBest(best);
        await directory.saveLast(position, snapshot);
      },
      emit,
      hidden: hiddenTruth(training.dataset, plan),
      now: () => performance.now(),
      signal,
    },
  );
}

function buildPlan(plan: Plan): Built {
  const method = methodByName(plan.method.name);
  const methodOptions = method.options.parse(plan.method.options);
  const model = plannedModel(plan);
  const program = buildTrainingProgram({
    method,
    methodOptions,
    model,
    settings: plan.training,
    classes: plan.model.classes.length,
    pretrained: partsFromFiles(plan),
  });
  return { method, methodOptions, model, program };
}

/** @returns where the run goes on, and what it has to say of damaged files */
async function startingPoint(
  directory: RunDirectory,
  checkpoint: Checkpoint | undefined,
  damaged: readonly string[],
): Promise<{ readonly from: TrainingPosition; readonly warnings: readonly string[] }> {
  const from = checkpoint?.position ?? START;
  const where =
    checkpoint === undefined ? "from the start" : `from the checkpoint before, at step ${from.step}`;
  const warnings = damaged.length === 0 ? [] : [`${damaged.join("; ")}; going on ${where}`];
  if (from.best === null || (await directory.bestIsWhole())) return { from, warnings };
  const remedy = isOver(from, directory.plan.training)
    ? `those of the last step, ${from.step}, are validated and take their place`
    : "the next validation chooses anew";
  return {
    from: { ...from, best: null },
    warnings: [...warnings, `the best weights cannot be read; ${remedy}`],
  };
}

async function firstState({ plan, engine, training, weights, onNote }: TrainRunRequest, built: Built) {
  const { values, notes } = await applyPublicWeights({
    engine,
    weights,
    parts: pretrainedParts(plan),
    declared: built.program.declarations,
    network: built.method.predictor,
    calibration: () => calibrationBatches(training, plan),
  });
  for (const note of notes) onNote(note);
  return initialState(built.program, built.method, key(plan.seed).fork("weights"), values);
}

function validator(
  images: readonly ValidationImage[],
  predictor: Predictor,
  sidePx: number,
  board: TensorboardWriter,
): TrainerPorts["validate"] {
  return async (step, weights, taken) => {
    const predictions = await predictor.predict(
      weights,
      images.map(({ image }) => image),
    );
    const pictures = [
      ...(await validationPictures(images, predictions, sidePx)),
      ...(taken === null ? [] : await pseudoLabelPictures(taken)),
    ];
    board.pictures(step, new Map(pictures));
    return scoreValidation(images, predictions, sidePx);
  };
}

function batchPlan({ view }: TrainingDataset, { training, seed, method }: Plan): BatchPlan {
  const unlabelled = methodByName(method.name).data === "labelled" ? [] : [...view.unlabelled];
  return {
    seed,
    sidePx: training.sidePx,
    aspect: training.aspect,
    policy: augmentationPolicies[training.augmentation],
    labelledIds: [...view.labelled],
    unlabelledIds: unlabelled,
    labelledBatch: training.labelledBatch,
    unlabelledBatch: training.unlabelledBatch,
    labelledBalance: training.balance,
    strongViews: 1,
  };
}

function samplesById(dataset: Dataset): Map<string, Sample> {
  return new Map(dataset.manifest.samples.map((sample) => [sample.id, sample]));
}

async function validationImages(
  { dataset, view }: TrainingDataset,
  { model, training }: Plan,
): Promise<ValidationImage[]> {
  const samples = samplesById(dataset);
  const images: ValidationImage[] = [];
  for (const id of view.val)
    images.push(await loadValidationImage(dataset, samples.get(id)!, model.classes, training));
  return images;
}

/** Training images spread over all ids, labels aside: the same for every method and label budget. */
async function calibrationBatches(
  { dataset, view }: TrainingDataset,
  { training, model }: Plan,
): Promise<CalibrationBatch[]> {
  const samples = samplesById(dataset);
  const ids = [...view.labelled, ...view.unlabelled].sort();
  const size = Math.min(training.labelledBatch, ids.length);
  const stride = Math.max(1, Math.floor(ids.length / (size * CALIBRATION_BATCHES)));
  const chosen = ids.filter((_, i) => i % stride === 0).slice(0, size * CALIBRATION_BATCHES);
  const batches: CalibrationBatch[] = [];
  const area = training.sidePx ** 2;
  for (let start = 0; start + size <= chosen.length; start += size) {
    const data = new Float32Array(size * area);
    for (const [i, id] of chosen.slice(start, start + size).entries()) {
      data.set(
        (await loadValidationImage(dataset, samples.get(id)!, model.classes, training)).image,
        i * area,
      );
    }
    batches.push({ shape: [size, 1, training.sidePx, training.sidePx], data });
  }
  return batches;
}

function hiddenTruth(dataset: Dataset, { model, training }: Plan): HiddenTruth {
  const samples = samplesById(dataset);
  const cache = new ImageCache(dataset, {
    sidePx: preparedSidePx(training.sidePx),
    aspect: training.aspect,
  });
  return {
    label(id) {
      const className = samples.get(id)?.className ?? null;
      const label = className === null ? -1 : model.classes.indexOf(className);
      return label < 0 ? null : label;
    },
    async prepared(id) {
      const sample = samples.get(id);
      return sample === undefined || sample.masks === null ? null : cache.load(sample);
    },
  };
}
