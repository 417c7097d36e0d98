import { appendFileSync, mkdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { TrainingEvent } from "../train/events.js";
import { encodeRecord, type TensorboardPicture, type TensorboardValue } from "./tensorboard-records.js";
import { writeFailure } from "./write-file-atomic.js";

/** Pictures by tag. */
export type TaggedPictures = ReadonlyMap<string, TensorboardPicture>;

/**
 * Writes what a run tells as an event file for TensorBoard. Each process writes a file of its own; one that goes on from a
 * checkpoint makes what earlier ones wrote beyond it void.
 */
export class TensorboardWriter {
  readonly #path: string;

  /**
   * @param firstStep steps done when this process begins
   * @param now milliseconds since 1970
   */
  constructor(
    folder: string,
    firstStep: number,
    private readonly now: () => number,
  ) {
    const name = `events.out.tfevents.${Math.floor(now() / 1000)}.${hostname()}.${process.pid}.hermes`;
    this.#path = join(folder, name);
    try {
      mkdirSync(folder, { recursive: true });
    } catch (error) {
      throw writeFailure(folder, error);
    }
    this.#write(0, { kind: "file-version" });
    if (firstStep > 0) this.#write(firstStep + 1, { kind: "session-start" });
  }

  event(event: TrainingEvent): void {
    const values = scalarsOf(event).flatMap(([tag, value]): TensorboardValue[] =>
      value === null ? [] : [{ kind: "scalar", tag, value }],
    );
    if (values.length > 0) this.#write(event.step, { kind: "values", values });
  }

  pictures(step: number, pictures: TaggedPictures): void {
    const values = [...pictures].map(([tag, picture]) => ({ kind: "image" as const, tag, picture }));
    if (values.length > 0) this.#write(step, { kind: "values", values });
  }

  #write(step: number, what: Parameters<typeof encodeRecord>[0]["what"]): void {
    try {
      appendFileSync(this.#path, encodeRecord({ wallTimeSeconds: this.now() / 1000, step, what }));
    } catch (error) {
      throw writeFailure(this.#path, error);
    }
  }
}

function scalarsOf(event: TrainingEvent): (readonly [string, number | null])[] {
  const under = (group: string, record: Readonly<Record<string, number>>) =>
    Object.entries(record).map(([name, value]) => [`${group}/${name}`, value] as const);
  switch (event.kind) {
    case "step":
      return [
        ["loss", event.loss],
        ...under("term", event.terms),
        ...under("measure", event.measures),
        ...under("number", event.numbers),
        ...under("gradient-norm", event.gradientNorms),
        ["pseudo/classAccuracy", event.pseudoClassAccuracy],
        ["pseudo/maskDice", event.pseudoMaskDice],
        ["time/stepMs", event.stepMs],
        ["time/waitedMs", event.waitedMs],
      ];
    case "validation":
      return [
        ["validation/dice", event.scores.dice],
        ["validation/auroc", event.scores.auroc],
        ["validation/accuracy", event.scores.accuracy],
        ["validation/selection", event.selection],
      ];
    case "start":
    case "warning":
    case "end":
      return [];
    default:
      return event satisfies never;
  }
}
