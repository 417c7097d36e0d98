import { performance } from "node:perf_hooks";
import { type Engine, key } from "@hermes-us/tensor";
import { z } from "zod";
import { augmentationPolicies } from "../data/augment/policies.js";
import type { BatchPlan } from "../data/batch.js";
import type { Sample } from "../data/sample.js";
import { UserError } from "../errors.js";
import * as methods from "../methods/index.js";
import type { Method } from "../methods/define-method.js";
import * as models from "../models/index.js";
import type { ModelDefinition } from "../models/define-model.js";
import type { CalibrationBatch } from "../models/checkpoints/folded-mobilenet.js";
import { createPredictor } from "../predict/predictor.js";
import type { EndReason, TrainingEvent } from "../train/events.js";
import { initialState } from "../train/initial-state.js";
import type { Plan } from "../train/plan.js";
import { START, train } from "../train/trainer.js";
import { buildTrainingProgram, MASK_CLASSES } from "../train/training-program.js";
import { scoreValidation, type ValidationImage } from "../train/validation.js";
import type { Dataset } from "./dataset-folder.js";
import { openBatchLoader } from "./prefetch-loader.js";
import { applyPublicWeights, type PublicWeights } from "./pretrained-weights.js";
import { RunDirectory } from "./run-directory.js";
import type { TrainingDataset } from "./training-dataset.js";
import { loadValidationImage } from "./validation-images.js";

/** @throws UserError with the names that exist */
export function methodByName(name: string): Method {
  return byName("method", Object.values(methods), name);
}

/** @throws UserError with the names that exist */
export function modelByName(name: string): ModelDefinition {
  return byName("model", Object.values(models), name);
}

function byName<T extends { readonly name: string }>(what: string, all: readonly T[], name: string): T {
  const found = all.find((candidate) => candidate.name === name);
  if (found === undefined) {
    throw UserError.of(
      `${what} ${name}`,
      "no such name",
      `one of ${all.map((candidate) => candidate.name).join(", ")}`,
      "choose one",
    );
  }
  return found;
}

export interface TrainRunRequest {
  readonly plan: Plan;
  readonly engine: Engine;
  /** Holds training and validation images alone. */
  readonly training: TrainingDataset;
  /** `null`: weights at random. */
  readonly weights: PublicWeights | null;
  /** Folder of all runs. */
  readonly out: string;
  readonly loaderWorkers: number;
  /** `never`: a folder that holds a checkpoint of this plan is refused. */
  readonly resume: "auto" | "never";
  readonly signal: AbortSignal;
  onEvent(event: TrainingEvent): void;
}

export interface TrainRunResult {
  readonly folder: string;
  readonly reason: EndReason | "already finished";
}

/** Images per run of the validating network. */
const VALIDATION_BATCH = 8;
const CALIBRATION_BATCHES = 4;

/**
 * Runs a plan to its end, or on from its last checkpoint.
 * @throws UserError if the data cannot be trained on, or the folder belongs to another plan or process
 */
export async function trainRun(request: TrainRunRequest): Promise<TrainRunResult> {
  const { plan, engine, training, out } = request;
  const directory = await RunDirectory.open(out, plan);
  try {
    if ((await directory.finished()) !== undefined)
      return { folder: directory.folder, reason: "already finished" };
    const method = methodByName(plan.method.name);
    const definition = modelByName(plan.model.name);
    const methodOptions = method.options.parse(plan.method.options);
    const model = definition.build(definition.options.parse(plan.model.options), {
      classes: plan.model.classes.length,
      maskClasses: MASK_CLASSES,
      imageChannels: 1,
    });
    const settings = plan.training;
    const program = buildTrainingProgram({
      method,
      methodOptions,
      model,
      settings,
      classes: plan.model.classes.length,
    });
    const runKey = key(plan.seed);
    const pretrained =
      request.weights === null
        ? new Map<string, Float32Array>()
        : await applyPublicWeights({
            engine,
            weights: request.weights,
            parts: definition.pretrained(definition.options.parse(plan.model.options)),
            declared: program.declarations,
            network: method.predictor,
            calibration: () => calibrationBatches(training, plan),
          });
    const initial = initialState(program, method, runKey.fork("weights"), pretrained);
    const { checkpoint, damaged } = await directory.loadCheckpoint();
    if (request.resume === "never" && (checkpoint !== undefined || damaged !== undefined)) {
      throw UserError.of(
        directory.folder,
        "a checkpoint of this plan",
        "an empty folder",
        "go on with it (--resume auto), or choose another folder with --out",
      );
    }
    const from = checkpoint?.position ?? START;
    const validation = await validationImages(training, plan);
    await using session = await engine.train(program.training, initial);
    if (checkpoint !== undefined) await session.restore(checkpoint.snapshot);
    await using predictor = await createPredictor({
      engine,
      model,
      sidePx: settings.sidePx,
      batch: VALIDATION_BATCH,
    });
    await using loader = openBatchLoader(training.dataset, {
      plan: batchPlan(training, plan),
      firstStep: from.step,
      workers: request.loaderWorkers,
    });
    const hidden = hiddenLabels(training.dataset, plan.model.classes);
    const pending: Promise<void>[] = [];
    const emit = (event: TrainingEvent) => {
      pending.push(directory.emit(event));
      request.onEvent(event);
    };
    if (damaged !== undefined) {
      emit({
        kind: "warning",
        step: from.step,
        code: "checkpoint",
        message: `${damaged}; going on from ${checkpoint === undefined ? "the start" : "the one before"}`,
      });
    }
    const reason = await train(
      { runId: directory.folder, method, methodOptions, settings, program, key: runKey.fork("random"), from },
      {
        session,
        nextBatch: () => loader.next(),
        waitedMs: () => loader.waitedMs,
        validate: async (weights) => {
          const predictions = await predictor.predict(
            weights,
            validation.map(({ image }) => image),
          );
          return scoreValidation(validation, predictions, settings.sidePx);
        },
        saveCheckpoint: async (position, snapshot, best) => {
          if (best !== null) await directory.saveBest(best);
          await directory.saveLast(position, snapshot);
        },
        emit,
        hiddenLabel: (id) => hidden.get(id) ?? null,
        now: () => performance.now(),
        signal: request.signal,
      },
    );
    await Promise.all(pending);
    if (reason === "finished" || reason === "no-gain") await directory.markFinished(reason);
    return { folder: directory.folder, reason };
  } finally {
    directory.close();
  }
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

/** The first training images by id, labels aside: the same for every method and label budget. */
async function calibrationBatches(
  { dataset, view }: TrainingDataset,
  { training, model }: Plan,
): Promise<CalibrationBatch[]> {
  const size = training.labelledBatch;
  const samples = samplesById(dataset);
  const ids = [...view.labelled, ...view.unlabelled].sort();
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

function hiddenLabels({ manifest }: Dataset, classes: readonly string[]): Map<string, number> {
  return new Map(
    manifest.samples.flatMap(({ id, className }) => {
      const label = className === null ? -1 : classes.indexOf(className);
      return label < 0 ? [] : [[id, label] as const];
    }),
  );
}

/** Turns a schema's complaints into errors that name the option as the user wrote it. */
export function parseOptions<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UserError(
    parsed.error.issues.map((issue) => ({
      what: [what, ...issue.path.map(String)].join("."),
      got: issue.message,
      wanted: "a value that the option takes",
      fix: "see `hermes list` and --help for names, types and defaults",
    })),
  );
}
