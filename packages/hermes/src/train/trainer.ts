import {
  bernoulliArray,
  type Feeds,
  type HostArray,
  type Key,
  NonFiniteGradientError,
  type ScheduleSpec,
  scheduleValue,
  type StepResult,
  type TrainingSession,
  type TrainingSnapshot,
  uniformArray,
  warmedUpDecay,
} from "@hermes-us/tensor";
import type { z } from "zod";
import type { TrainingBatch } from "../data/batch.js";
import type { Method } from "../methods/define-method.js";
import type { NetworkWeights } from "../predict/predictor.js";
import type { EndReason, TrainingEvent } from "./events.js";
import type { TrainingSettings } from "./settings.js";
import { type MethodProgram, stepNames } from "./training-program.js";
import { selectionScore, type ValidationScores } from "./validation.js";
import { TrainingWatch } from "./watch.js";

/** What a checkpoint holds besides arrays: where the run stands. */
export interface TrainingPosition {
  /** Steps done. */
  readonly step: number;
  readonly best: { readonly step: number; readonly selection: number | null } | null;
  /** Validations since the best one. */
  readonly stale: number;
}

/** All that the trainer needs of the outside world. */
export interface TrainerPorts {
  readonly session: TrainingSession;
  nextBatch(): Promise<TrainingBatch>;
  /** Milliseconds spent waiting for batches so far. */
  waitedMs(): number;
  validate(weights: NetworkWeights): Promise<ValidationScores>;
  /** @param best the weights to keep as best, where this checkpoint is */
  saveCheckpoint(
    position: TrainingPosition,
    snapshot: TrainingSnapshot,
    best: NetworkWeights | null,
  ): Promise<void>;
  emit(event: TrainingEvent): void;
  /** Class of an image whose label is hidden from training, for logs alone. */
  hiddenLabel(id: string): number | null;
  /** Milliseconds, from any origin. */
  now(): number;
  readonly signal: AbortSignal;
}

export interface TrainerRequest {
  readonly runId: string;
  readonly method: Method;
  readonly methodOptions: z.output<z.ZodObject>;
  readonly settings: TrainingSettings;
  readonly program: MethodProgram;
  readonly key: Key;
  readonly from: TrainingPosition;
}

export const START: TrainingPosition = { step: 0, best: null, stale: 0 };

/** Numbers of one step: schedule, learning rates, decay of the averaged weights. */
function stepNumbers(
  { method, methodOptions, settings }: TrainerRequest,
  step: number,
): Record<string, number> {
  const progress = { step, totalSteps: settings.steps };
  const rate = scheduled(settings, step);
  return {
    ...method.schedule(methodOptions, progress),
    [stepNames.learningRate("segmentation")]: settings.segmentation.learningRate * rate,
    [stepNames.learningRate("classification")]: settings.classification.learningRate * rate,
    [stepNames.averageDecay]: warmedUpDecay(step, settings.averageDecay),
  };
}

function scheduled({ schedule, warmUpSteps, steps }: TrainingSettings, step: number): number {
  const rule = {
    poly: { kind: "poly", power: 0.9 },
    cosine: { kind: "cosine", finalScale: 0 },
    constant: { kind: "constant" },
  } as const;
  const main: ScheduleSpec = rule[schedule];
  return scheduleValue(
    warmUpSteps === 0 ? main : { kind: "warm-up", steps: warmUpSteps, startScale: 0, after: main },
    step,
    steps,
  );
}

function batchFeeds({ labelled, unlabelled }: TrainingBatch, wanted: ReadonlyMap<string, unknown>): Feeds {
  const [n, side] = [labelled.ids.length, labelled.sidePx];
  const feeds: Record<string, HostArray> = {
    [stepNames.image]: { dtype: "float32", shape: [n, 1, side, side], data: labelled.image },
    [stepNames.mask]: { dtype: "int32", shape: [n, side, side], data: labelled.mask },
    [stepNames.label]: { dtype: "int32", shape: [n], data: labelled.label },
    [stepNames.hasMask]: { dtype: "float32", shape: [n], data: labelled.hasMask },
    [stepNames.hasClass]: { dtype: "float32", shape: [n], data: labelled.hasClass },
  };
  if (unlabelled !== null) {
    const shape = [unlabelled.ids.length, 1, side, side];
    feeds[stepNames.weak] = { dtype: "float32", shape, data: unlabelled.weak };
    feeds[stepNames.strong] = { dtype: "float32", shape, data: unlabelled.strong };
  }
  return Object.fromEntries(Object.entries(feeds).filter(([name]) => wanted.has(name)));
}

/** Random inputs, a function of (seed, step) alone, so that a resumed run repeats the straight one. */
function randomFeeds({ program, key }: TrainerRequest, step: number): Feeds {
  const feeds: Record<string, HostArray> = {};
  for (const [name, shape] of program.uniforms) {
    feeds[name] = {
      dtype: "float32",
      shape,
      data: uniformArray(key.fork("uniform", name, step), sizeOf(shape)),
    };
  }
  for (const [name, { shape, keepProb }] of program.declarations.masks) {
    const kept = bernoulliArray(key.fork("mask", name, step), sizeOf(shape), keepProb);
    feeds[name] = { dtype: "float32", shape, data: Float32Array.from(kept) };
  }
  return feeds;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** @returns the predicting network's weights by path */
export function evaluatedWeights(snapshot: TrainingSnapshot, network: string): NetworkWeights {
  const prefix = `${network}/`;
  const own = Object.entries(snapshot.state).filter(([name]) => name.startsWith(prefix));
  return new Map(own.map(([name, array]) => [name.slice(prefix.length), array]));
}

function scalar(result: StepResult, name: string): number {
  return result.outputs[name]!.data[0]!;
}

/** Accuracy of the class pseudo-labels that were used, where the truth is known to us but not to training. */
function pseudoClassAccuracy(result: StepResult, batch: TrainingBatch, ports: TrainerPorts): number | null {
  const labels = result.outputs[stepNames.pseudoLabel]?.data;
  const keep = result.outputs[stepNames.pseudoKeepImages]?.data;
  if (labels === undefined || keep === undefined || batch.unlabelled === null) return null;
  const known = batch.unlabelled.ids.flatMap((id, i) => {
    const truth = ports.hiddenLabel(id);
    return truth === null || keep[i] !== 1 ? [] : [truth === labels[i] ? 1 : 0];
  });
  return known.length === 0 ? null : known.reduce<number>((sum, right) => sum + right, 0) / known.length;
}

/**
 * Trains to the end of the plan, to a lack of gain, or to an abort; after each validation, and at the end, there is a
 * checkpoint from which the run goes on as if it had not stopped.
 */
export async function train(request: TrainerRequest, ports: TrainerPorts): Promise<EndReason> {
  const { settings, program } = request;
  const watch = new TrainingWatch();
  let position = request.from;
  let stepMs = 0;
  ports.emit({ kind: "start", step: position.step, runId: request.runId });
  while (position.step < settings.steps) {
    if (ports.signal.aborted) return interrupt(position, ports);
    const { step } = position;
    const batch = await ports.nextBatch();
    const numbers = stepNumbers(request, step);
    const feeds = { ...batchFeeds(batch, program.training.program.inputs), ...randomFeeds(request, step) };
    const started = ports.now();
    const result = await stepOrStop(step, ports, feeds, numbers);
    if (result === null || !Number.isFinite(scalar(result, stepNames.loss)))
      return notFinite(request, position, result, ports);
    stepMs = ports.now() - started;
    position = { ...position, step: step + 1 };
    if (position.step % settings.logEvery === 0 || position.step === settings.steps) {
      const event = stepEvent(request, position.step, { result, numbers, batch, stepMs }, ports);
      for (const told of [event, ...watch.observe(event)]) ports.emit(told);
    }
    if (position.step % settings.validateEvery === 0 || position.step === settings.steps) {
      position = await validate(request, position, ports);
      if (settings.patience !== null && position.stale >= settings.patience)
        return end(position, "no-gain", ports);
    }
  }
  return end(position, "finished", ports);
}

function end(position: TrainingPosition, reason: EndReason, ports: TrainerPorts): EndReason {
  ports.emit({ kind: "end", step: position.step, reason });
  return reason;
}

async function interrupt(position: TrainingPosition, ports: TrainerPorts): Promise<EndReason> {
  await ports.saveCheckpoint(position, await ports.session.snapshot(), null);
  return end(position, "interrupted", ports);
}

/** @returns the step's result, or `null` where its gradients were not finite; the state is then unchanged */
async function stepOrStop(
  step: number,
  ports: TrainerPorts,
  feeds: Feeds,
  numbers: Record<string, number>,
): Promise<StepResult | null> {
  try {
    return await ports.session.step(feeds, numbers);
  } catch (error) {
    if (!(error instanceof NonFiniteGradientError)) throw error;
    ports.emit({ kind: "warning", step, code: "not-finite", message: error.message });
    return null;
  }
}

function notFinite(
  request: TrainerRequest,
  position: TrainingPosition,
  result: StepResult | null,
  ports: TrainerPorts,
): EndReason {
  const terms =
    result === null
      ? []
      : request.program.terms.filter((name) => !Number.isFinite(scalar(result, stepNames.term(name))));
  const what =
    terms.length === 0 ? "the gradients are" : `${terms.join(", ")} ${terms.length === 1 ? "is" : "are"}`;
  ports.emit({
    kind: "warning",
    step: position.step,
    code: "not-finite",
    message: `${what} not finite at step ${position.step}; the last checkpoint is good; lower the learning rate or clip the gradients`,
  });
  return end(position, "not-finite", ports);
}

interface StepTaken {
  readonly result: StepResult;
  readonly numbers: Readonly<Record<string, number>>;
  readonly batch: TrainingBatch;
  readonly stepMs: number;
}

function stepEvent(request: TrainerRequest, step: number, taken: StepTaken, ports: TrainerPorts) {
  const { result, numbers, batch, stepMs } = taken;
  const read = (names: readonly string[], at: (name: string) => string) =>
    Object.fromEntries(names.map((name) => [name, scalar(result, at(name))]));
  return {
    kind: "step" as const,
    step,
    loss: scalar(result, stepNames.loss),
    terms: read(request.program.terms, stepNames.term),
    measures: read(request.program.measures, stepNames.measure),
    numbers,
    gradientNorms: result.gradientNorms,
    pseudoClassAccuracy: pseudoClassAccuracy(result, batch, ports),
    stepMs,
    waitedMs: ports.waitedMs(),
  };
}

async function validate(
  request: TrainerRequest,
  position: TrainingPosition,
  ports: TrainerPorts,
): Promise<TrainingPosition> {
  const { settings, program } = request;
  const snapshot = await ports.session.snapshot();
  const weights = evaluatedWeights(snapshot, program.evaluated);
  const scores = await ports.validate(weights);
  const selection = selectionScore(scores, settings.criterion);
  const better =
    selection === null || position.best?.selection == null || selection > position.best.selection;
  const next: TrainingPosition = better
    ? { step: position.step, best: { step: position.step, selection }, stale: 0 }
    : { ...position, stale: position.stale + 1 };
  await ports.saveCheckpoint(next, snapshot, better ? weights : null);
  ports.emit({ kind: "validation", step: position.step, scores, selection, best: better ? "yes" : "no" });
  return next;
}
