import { appendFileSync } from "node:fs";
import { mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { TrainingSnapshot } from "@hermes-us/tensor";
import { z } from "zod";
import { UserError } from "../errors.js";
import type { NetworkWeights } from "../predict/predictor.js";
import type { TrainingEvent } from "../train/events.js";
import { type Plan, planHash, planSchema, runId } from "../train/plan.js";
import type { TrainingPosition } from "../train/trainer.js";
import {
  DamagedFileError,
  decodeCheckpoint,
  decodeWeights,
  encodeCheckpoint,
  encodeWeights,
} from "./checkpoint-file.js";
import { takeLock } from "./run-lock.js";
import { writeFailure, writeFileAtomic } from "./write-file-atomic.js";

export const runFiles = {
  plan: "plan.json",
  events: "events.jsonl",
  lock: "lock",
  done: "done.json",
  checkpoints: "checkpoints",
  last: "last.safetensors",
  previous: "last.previous.safetensors",
  next: "last.next.safetensors",
  best: "best.safetensors",
  tensorboard: "tensorboard",
} as const;

type CheckpointName = "last" | "previous" | "next" | "best";

export interface Checkpoint {
  readonly position: TrainingPosition;
  readonly snapshot: TrainingSnapshot;
  /** `previous` if the last one was damaged. */
  readonly from: "last" | "previous";
}

export interface LoadedCheckpoint {
  readonly checkpoint: Checkpoint | undefined;
  /** What is wrong with each file that could not be read. */
  readonly damaged: readonly string[];
}

/** A run's folder, held by this process alone until it is closed. */
export class RunDirectory {
  /** A damaged last checkpoint must not push the good one before it out. */
  #lastIsWhole = true;

  private constructor(
    readonly folder: string,
    readonly plan: Plan,
    private readonly unlock: () => void,
  ) {}

  /**
   * Opens `<parent>/<run id>`, making it for a new plan.
   * @throws UserError if another process holds it, or if it was made for another plan
   */
  static async open(parent: string, plan: Plan): Promise<RunDirectory> {
    const folder = join(parent, runId(plan));
    await mkdir(join(folder, runFiles.checkpoints), { recursive: true }).catch((error: unknown) => {
      throw writeFailure(folder, error);
    });
    const directory = new RunDirectory(folder, plan, takeLock(join(folder, runFiles.lock)));
    try {
      await directory.#settlePlan();
    } catch (error) {
      directory.close();
      throw error;
    }
    return directory;
  }

  async #settlePlan(): Promise<void> {
    const path = join(this.folder, runFiles.plan);
    const known = await readIfThere(path);
    if (known === undefined) {
      await writeFileAtomic(path, `${JSON.stringify(this.plan, undefined, 2)}\n`);
      return;
    }
    if (planHash(parsePlan(known.toString("utf8"), path)) !== planHash(this.plan)) {
      throw UserError.of(
        path,
        "the plan of another run",
        `the plan ${runId(this.plan)}`,
        "choose another folder with --out",
      );
    }
  }

  /** Why the run ended, if it did; a note that cannot be read counts as none. */
  async finished(): Promise<string | undefined> {
    const text = await readIfThere(join(this.folder, runFiles.done));
    if (text === undefined) return undefined;
    try {
      return z.strictObject({ reason: z.string() }).parse(JSON.parse(text.toString("utf8"))).reason;
    } catch {
      return undefined;
    }
  }

  async markFinished(reason: string): Promise<void> {
    await writeFileAtomic(join(this.folder, runFiles.done), `${JSON.stringify({ reason })}\n`);
  }

  /** For a finished run that is to be repaired: should that be stopped, the next one must not take it for done. */
  async markUnfinished(): Promise<void> {
    const path = join(this.folder, runFiles.done);
    await rm(path, { force: true }).catch((error: unknown) => {
      throw writeFailure(path, error);
    });
  }

  /** Written at once, so that the lines are in the order of what happened. */
  emit(event: TrainingEvent): void {
    const path = join(this.folder, runFiles.events);
    try {
      appendFileSync(path, `${JSON.stringify(event)}\n`);
    } catch (error) {
      throw writeFailure(path, error);
    }
  }

  /** Drops what a killed process told after the checkpoint that the run goes on from: it will be told again. */
  async forgetEventsAfter(step: number): Promise<void> {
    const path = join(this.folder, runFiles.events);
    const text = (await readIfThere(path))?.toString("utf8");
    if (text === undefined) return;
    const kept = text.split("\n").filter((line) => stepOfLine(line) <= step);
    const next = kept.map((line) => `${line}\n`).join("");
    if (next !== text) await writeFileAtomic(path, next);
  }

  /** The new one is whole on the disk before the old one moves, which stays as `previous`. */
  async saveLast(position: TrainingPosition, snapshot: TrainingSnapshot): Promise<void> {
    const next = this.#path("next");
    await writeFileAtomic(next, encodeCheckpoint({ plan: planHash(this.plan), position, snapshot }));
    try {
      if (this.#lastIsWhole && (await isThere(this.#path("last"))))
        await rename(this.#path("last"), this.#path("previous"));
      await rename(next, this.#path("last"));
      this.#lastIsWhole = true;
    } catch (error) {
      throw writeFailure(this.#path("last"), error);
    }
  }

  async saveBest(weights: NetworkWeights): Promise<void> {
    await writeFileAtomic(this.#path("best"), encodeWeights(weights, planHash(this.plan)));
  }

  /** Whether the best weights can be read. */
  async bestIsWhole(): Promise<boolean> {
    const bytes = await readIfThere(this.#path("best"));
    if (bytes === undefined) return false;
    try {
      decodeWeights(bytes);
      return true;
    } catch (error) {
      if (error instanceof DamagedFileError) return false;
      throw error;
    }
  }

  /**
   * @returns the last checkpoint that can be read, or nothing where there is none
   * @throws UserError if it is of another plan
   */
  async loadCheckpoint(): Promise<LoadedCheckpoint> {
    const damaged: string[] = [];
    for (const from of ["last", "previous"] as const) {
      const path = this.#path(from);
      const bytes = await readIfThere(path);
      if (bytes === undefined) continue;
      try {
        const { plan, ...content } = decodeCheckpoint(bytes);
        if (plan !== planHash(this.plan)) throw otherPlan(path);
        return { checkpoint: { ...content, from }, damaged };
      } catch (error) {
        if (!(error instanceof DamagedFileError)) throw error;
        if (from === "last") this.#lastIsWhole = false;
        damaged.push(`${path}: ${error.message}`);
      }
    }
    return { checkpoint: undefined, damaged };
  }

  close(): void {
    this.unlock();
  }

  #path(which: CheckpointName): string {
    return join(this.folder, runFiles.checkpoints, runFiles[which]);
  }
}

function otherPlan(path: string): UserError {
  return UserError.of(
    path,
    "the checkpoint of another plan",
    "one of this run",
    "delete it, or start in a new folder with --out",
  );
}

/** @returns infinity for a line that a crash cut short */
function stepOfLine(line: string): number {
  try {
    return z.looseObject({ step: z.number() }).parse(JSON.parse(line)).step;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** @throws UserError naming the field that is wrong */
export function parsePlan(text: string, path: string): Plan {
  try {
    return planSchema.parse(JSON.parse(text));
  } catch (error) {
    const got = error instanceof z.ZodError ? z.prettifyError(error).replaceAll("\n", " ") : "no JSON";
    throw UserError.of(
      path,
      got,
      "the plan of a run of this version",
      "train again, or take the version that wrote it",
    );
  }
}

/**
 * Reads the best weights of a run.
 * @throws UserError if there are none or they are damaged
 */
export async function readRun(
  folder: string,
): Promise<{ readonly plan: Plan; readonly weights: NetworkWeights }> {
  const planPath = join(folder, runFiles.plan);
  const text = await readIfThere(planPath);
  if (text === undefined) {
    throw UserError.of(
      folder,
      "no plan.json in it",
      "the folder of a run",
      "give a folder that `hermes train` wrote",
    );
  }
  const path = join(folder, runFiles.checkpoints, runFiles.best);
  const bytes = await readIfThere(path);
  if (bytes === undefined) {
    throw UserError.of(
      path,
      "no such file",
      "the best weights of the run",
      "let the run reach its first validation",
    );
  }
  const plan = parsePlan(text.toString("utf8"), planPath);
  try {
    return { plan, weights: decodeWeights(bytes) };
  } catch (error) {
    if (!(error instanceof DamagedFileError)) throw error;
    throw UserError.of(
      path,
      error.message,
      "whole weights",
      "give the run's command again: its last checkpoint makes them anew",
    );
  }
}
