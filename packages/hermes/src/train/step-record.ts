import type { StepResult } from "@hermes-us/tensor";
import type { TrainingBatch } from "../data/batch.js";
import type { TrainingEvent } from "./events.js";
import { type MethodProgram, stepNames } from "./training-program.js";

export type StepEvent = Extract<TrainingEvent, { kind: "step" }>;

/** One step that was done, with what went into it. */
export interface StepTaken {
  readonly result: StepResult;
  readonly numbers: Readonly<Record<string, number>>;
  readonly batch: TrainingBatch;
  readonly stepMs: number;
}

/** @returns the value of a scalar output */
export function scalarOutput(result: StepResult, name: string): number {
  return result.outputs[name]!.data[0]!;
}

/** Gathers the steps between two log lines: what is told is the mean over them, since single batches say little. */
export class StepRecord {
  #steps = 0;
  #stepMs = 0;
  readonly #sums = new Map<string, number>();
  #rightLabels = 0;
  #judgedLabels = 0;

  /** @param hiddenLabel class of an image whose label training does not see */
  constructor(
    private readonly program: MethodProgram,
    private readonly hiddenLabel: (id: string) => number | null,
  ) {}

  add({ result, batch, stepMs }: StepTaken): void {
    this.#steps += 1;
    this.#stepMs += stepMs;
    for (const name of this.#names()) {
      this.#sums.set(name, (this.#sums.get(name) ?? 0) + scalarOutput(result, name));
    }
    for (const right of usedLabels(result, batch, this.hiddenLabel)) {
      this.#judgedLabels += 1;
      if (right === "right") this.#rightLabels += 1;
    }
  }

  /** @returns the log line that ends with this step, and begins the next one */
  close(
    step: number,
    { result, numbers }: StepTaken,
    { waitedMs, pseudoMaskDice }: Pick<StepEvent, "waitedMs" | "pseudoMaskDice">,
  ): StepEvent {
    const mean = (name: string) => this.#sums.get(name)! / this.#steps;
    const means = (names: readonly string[], at: (name: string) => string) =>
      Object.fromEntries(names.map((name) => [name, mean(at(name))]));
    const event: StepEvent = {
      kind: "step",
      step,
      loss: mean(stepNames.loss),
      terms: means(this.program.terms, stepNames.term),
      measures: means(this.program.measures, stepNames.measure),
      numbers,
      gradientNorms: result.gradientNorms,
      pseudoClassAccuracy: this.#judgedLabels === 0 ? null : this.#rightLabels / this.#judgedLabels,
      pseudoMaskDice,
      stepMs: this.#stepMs / this.#steps,
      waitedMs,
    };
    this.#steps = 0;
    this.#stepMs = 0;
    this.#sums.clear();
    this.#rightLabels = 0;
    this.#judgedLabels = 0;
    return event;
  }

  #names(): string[] {
    const { terms, measures } = this.program;
    return [stepNames.loss, ...terms.map(stepNames.term), ...measures.map(stepNames.measure)];
  }
}

/** Class pseudo-labels that were used, where the truth is known to us but not to training. */
function usedLabels(
  { outputs }: StepResult,
  { unlabelled }: TrainingBatch,
  hiddenLabel: (id: string) => number | null,
): ("right" | "wrong")[] {
  const labels = outputs[stepNames.pseudoLabel]?.data;
  const keep = outputs[stepNames.pseudoKeepImages]?.data;
  if (labels === undefined || keep === undefined || unlabelled === null) return [];
  return unlabelled.ids.flatMap((id, i) => {
    const truth = hiddenLabel(id);
    return truth === null || keep[i] !== 1 ? [] : [truth === labels[i] ? "right" : "wrong"];
  });
}
