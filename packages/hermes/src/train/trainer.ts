import {
  bernoulliArray,
  type Engine,
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
import { type HiddenTruth, pseudoMaskDice } from "./hidden-truth.js";
import type { TrainingSettings } from "./settings.js";
import { scalarOutput, StepRecord, type StepTaken } from "./step-record.js";
import { readTerms, scalarFeeds } from "./term-program.js";
import { type MethodProgram, stepNames, type Task, tasks } from "./training-program.js";
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
  /** Runs single terms when a step was not finite, to name the one that broke it. */
  readonly engine: Pick<Engine, "compile">;
  readonly session: TrainingSession;
  nextBatch(): Promise<TrainingBatch>;
  /** Milliseconds spent waiting for batches so far. */
  waitedMs(): number;
  /** @param taken the step just done, for pictures; `null` where a run that was over is validated again */
  validate(step: number, weights: NetworkWeights, taken: StepTaken | null): Promise<ValidationScores>;
  /** @param best the weights to keep as best, where this checkpoint is */
  saveCheckpoint(
    position: TrainingPosition,
    snapshot: TrainingSnapshot,
    best: NetworkWeights | null,
  ): Promise<void>;
  emit(event: TrainingEvent): void;
  readonly hidden: HiddenTruth;
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
  return {
    ...method.schedule(methodOptions, progress),
    [stepNames.learningRate("segmentation")]: learningRate(settings, "segmentation", step),
    [stepNames.learningRate("classification")]: learningRate(settings, "classification", step),
    [stepNames.averageDecay]: warmedUpDecay(step, settings.averageDecay),
  };
}

/** @returns the steps before a task begins to learn */
function waitingSteps(settings: TrainingSettings, task: Task): number {
  return Math.floor(settings[task].learnFrom * settings.steps);
}

/** Whether a task has learned nothing after so many steps: such weights are no result. */
function isEarly(settings: TrainingSettings, step: number): boolean {
  return tasks.some((task) => step <= waitingSteps(settings, task));
}

/** 0 before the task begins to learn. */
function learningRate(settings: TrainingSettings, task: Task, step: number): number {
  const { learningRate: highest } = settings[task];
  const first = waitingSteps(settings, task);
  return step < first ? 0 : highest * scheduled(settings, step - first, settings.steps - first);
}

function scheduled({ schedule, warmUpSteps }: TrainingSettings, step: number, steps: number): number {
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

/**
 * Trains to the end of the plan, to a lack of gain, or to an abort; after each validation, and at the end, there is a
 * checkpoint from which the run goes on as if it had not stopped. A run that is over and has no best weights (they were
 * lost) is validated once more. While a task waits to learn, the last weights count as the best, and no run is over.
 */
export async function train(request: TrainerRequest, ports: TrainerPorts): Promise<EndReason> {
  const { settings } = request;
  const watch = new TrainingWatch(request.program.classes);
  const record = new StepRecord(request.program, ports.hidden.label);
  let position = request.from;
  let savedStep = position.step;
  ports.emit({ kind: "start", step: position.step, runId: request.runId });
  while (!isOver(position, settings)) {
    if (ports.signal.aborted) {
      await ports.saveCheckpoint(position, await ports.session.snapshot(), null);
      return end(position, "interrupted", ports);
    }
    const taken = await takeStep(request, position.step, ports);
    if ("fault" in taken) {
      const message = faultMessage(position.step, taken.fault, savedStep);
      ports.emit({ kind: "warning", step: position.step, code: "not-finite", message });
      return end(position, "not-finite", ports);
    }
    position = { ...position, step: position.step + 1 };
    record.add(taken);
    if (isDue(position.step, settings.logEvery, settings)) {
      const masks = await pseudoMaskDice(taken.result, taken.batch, ports.hidden);
      const event = record.close(position.step, taken, { waitedMs: ports.waitedMs(), pseudoMaskDice: masks });
      for (const told of [event, ...watch.observe(event)]) ports.emit(told);
    }
    if (isDue(position.step, settings.validateEvery, settings)) {
      position = await validate(request, position, taken, ports);
      savedStep = position.step;
    }
  }
  if (position.best === null) position = await validate(request, position, null, ports);
  return end(position, position.step < settings.steps ? "no-gain" : "finished", ports);
}

/** Whether there is no step left to do. */
export function isOver(position: TrainingPosition, settings: TrainingSettings): boolean {
  return position.step >= settings.steps || isStale(position, settings);
}

function isStale(position: TrainingPosition, { patience }: TrainingSettings): boolean {
  return patience !== null && position.stale >= patience;
}

function isDue(step: number, every: number, { steps }: TrainingSettings): boolean {
  return step % every === 0 || step === steps;
}

function end(position: TrainingPosition, reason: EndReason, ports: TrainerPorts): EndReason {
  ports.emit({ kind: "end", step: position.step, reason });
  return reason;
}

/** @returns the step, or what was not finite */
async function takeStep(
  request: TrainerRequest,
  step: number,
  ports: TrainerPorts,
): Promise<StepTaken | { readonly fault: string }> {
  const { program } = request;
  const batch = await ports.nextBatch();
  const numbers = stepNumbers(request, step);
  const feeds = { ...batchFeeds(batch, program.training.program.inputs), ...randomFeeds(request, step) };
  const started = ports.now();
  try {
    const result = await ports.session.step(feeds, numbers);
    if (Number.isFinite(scalarOutput(result, stepNames.loss))) {
      return { result, numbers, batch, stepMs: ports.now() - started };
    }
    return { fault: faultOf(termsNotFinite(program, result), "") };
  } catch (error) {
    if (!(error instanceof NonFiniteGradientError)) throw error;
    const { state } = await ports.session.snapshot();
    const readings = await readTerms(ports.engine, program, { ...state, ...feeds, ...scalarFeeds(numbers) });
    const terms = [...readings].flatMap(([name, { loss, squares }]) =>
      [loss, squares.segmentation, squares.classification].every(Number.isFinite) ? [] : [name],
    );
    return { fault: faultOf(terms, error.gradients[0]?.name ?? "") };
  }
}

function termsNotFinite({ terms }: MethodProgram, result: StepResult): string[] {
  return terms.filter((name) => !Number.isFinite(scalarOutput(result, stepNames.term(name))));
}

function faultOf(terms: readonly string[], parameter: string): string {
  const what = terms.length === 0 ? "the sum of all terms" : terms.join(", ");
  const where = parameter === "" ? "" : `, first seen in the gradient of ${parameter}`;
  return `${what}${where}`;
}

/** @param savedStep of the last checkpoint; 0: there is none, or it holds the first weights */
function faultMessage(step: number, fault: string, savedStep: number): string {
  const kept =
    savedStep === 0 ? "no checkpoint was written before it" : `the checkpoint of step ${savedStep} is good`;
  return `not finite at step ${step + 1}: ${fault}; ${kept}; lower the learning rate, or set clipNorm`;
}

async function validate(
  request: TrainerRequest,
  position: TrainingPosition,
  taken: StepTaken | null,
  ports: TrainerPorts,
): Promise<TrainingPosition> {
  const { settings, program } = request;
  const snapshot = await ports.session.snapshot();
  const weights = evaluatedWeights(snapshot, program.evaluated);
  const scores = await ports.validate(position.step, weights, taken);
  const selection = selectionScore(scores, settings.criterion);
  const { best } = position;
  const isBetter =
    selection === null ||
    best === null ||
    best.selection === null ||
    selection > best.selection ||
    isEarly(settings, best.step);
  const next: TrainingPosition = isBetter
    ? {
        step: position.step,
        best: { step: position.step, selection },
        // A run that was over stays so.
        stale: taken === null ? position.stale : 0,
      }
    : { ...position, stale: position.stale + 1 };
  // Told first: a run that is killed in between goes on from the checkpoint before, and tells it again.
  ports.emit({ kind: "validation", step: position.step, scores, selection, best: isBetter ? "yes" : "no" });
  await ports.saveCheckpoint(next, snapshot, isBetter ? weights : null);
  return next;
}
