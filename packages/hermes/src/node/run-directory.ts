import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { appendFile, mkdir, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  type HostArray,
  SafetensorsError,
  SafetensorsFile,
  type SafetensorsTensor,
  type TrainingSnapshot,
  writeSafetensors,
} from "@hermes-us/tensor";
import { z } from "zod";
import { UserError } from "../errors.js";
import type { NetworkWeights } from "../predict/predictor.js";
import type { TrainingEvent } from "../train/events.js";
import { type Plan, planHash, planSchema, runId } from "../train/plan.js";
import type { TrainingPosition } from "../train/trainer.js";
import { writeFileAtomic } from "./write-file-atomic.js";

export const runFiles = {
  plan: "plan.json",
  events: "events.jsonl",
  lock: "lock",
  done: "done.json",
  checkpoints: "checkpoints",
  last: "last.safetensors",
  previous: "last.previous.safetensors",
  best: "best.safetensors",
} as const;

const positionSchema = z.strictObject({
  step: z.number().int().nonnegative(),
  best: z.strictObject({ step: z.number().int(), selection: z.number().nullable() }).nullable(),
  stale: z.number().int().nonnegative(),
});

export interface Checkpoint {
  readonly position: TrainingPosition;
  readonly snapshot: TrainingSnapshot;
  /** `previous` if the last one was damaged. */
  readonly from: "last" | "previous";
}

/** A run's folder, held by this process alone until it is closed. */
export class RunDirectory {
  private constructor(
    readonly folder: string,
    readonly plan: Plan,
  ) {}

  /**
   * Opens `<parent>/<run id>`, making it for a new plan.
   * @throws UserError if another process holds it, or if it was made for another plan
   */
  static async open(parent: string, plan: Plan): Promise<RunDirectory> {
    const folder = join(parent, runId(plan));
    await mkdir(join(folder, runFiles.checkpoints), { recursive: true }).catch((error: unknown) => {
      throw UserError.of(
        folder,
        String(error),
        "a folder that can be written to",
        "choose another with --out",
      );
    });
    takeLock(join(folder, runFiles.lock));
    const directory = new RunDirectory(folder, plan);
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

  /** Why the run ended, if it did. */
  async finished(): Promise<string | undefined> {
    const text = await readIfThere(join(this.folder, runFiles.done));
    return text === undefined
      ? undefined
      : z.strictObject({ reason: z.string() }).parse(JSON.parse(text.toString("utf8"))).reason;
  }

  async markFinished(reason: string): Promise<void> {
    await writeFileAtomic(join(this.folder, runFiles.done), `${JSON.stringify({ reason })}\n`);
  }

  async emit(event: TrainingEvent): Promise<void> {
    await appendFile(join(this.folder, runFiles.events), `${JSON.stringify(event)}\n`);
  }

  /** The one before stays beside the new one, in case that is damaged. */
  async saveLast(position: TrainingPosition, snapshot: TrainingSnapshot): Promise<void> {
    const [last, previous] = [this.#checkpoint("last"), this.#checkpoint("previous")];
    const bytes = encodeSnapshot(position, snapshot, planHash(this.plan));
    if (await isThere(last)) await rename(last, previous);
    await writeFileAtomic(last, bytes);
  }

  async saveBest(weights: NetworkWeights): Promise<void> {
    await writeFileAtomic(this.#checkpoint("best"), encodeWeights(weights, planHash(this.plan)));
  }

  /**
   * @returns the last checkpoint that can be read, or nothing where there is none
   * @throws UserError if it is of another plan
   */
  async loadCheckpoint(): Promise<{
    readonly checkpoint: Checkpoint | undefined;
    readonly damaged: string | undefined;
  }> {
    let damaged: string | undefined;
    for (const from of ["last", "previous"] as const) {
      const bytes = await readIfThere(this.#checkpoint(from));
      if (bytes === undefined) continue;
      try {
        return {
          checkpoint: { ...decodeSnapshot(bytes, planHash(this.plan), this.#checkpoint(from)), from },
          damaged,
        };
      } catch (error) {
        if (!(error instanceof SafetensorsError || error instanceof DamagedCheckpoint)) throw error;
        damaged ??= `${this.#checkpoint(from)}: ${error.message}`;
      }
    }
    return { checkpoint: undefined, damaged };
  }

  close(): void {
    rmSync(join(this.folder, runFiles.lock), { force: true });
  }

  #checkpoint(which: "last" | "previous" | "best"): string {
    return join(this.folder, runFiles.checkpoints, runFiles[which]);
  }
}

/** A checkpoint whose numbers are not those that were written. */
class DamagedCheckpoint extends Error {}

/** One process per run: the file holds its number; one left by a process that is gone is taken over. */
function takeLock(path: string): void {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const file = openSync(path, "wx");
      writeSync(file, String(process.pid));
      closeSync(file);
      return;
    } catch (error) {
      if (!isCode(error, "EEXIST")) throw error;
      const owner = Number(readFileSync(path, "utf8"));
      if (isAlive(owner)) {
        throw UserError.of(
          path,
          `the run is held by process ${owner}`,
          "one process per run",
          "wait for it, or stop it first",
        );
      }
      rmSync(path, { force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, "EPERM");
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
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

const STATE = "state:";
const OPTIMIZER = "optimizer:";

function encodeSnapshot(
  position: TrainingPosition,
  { state, optimizers }: TrainingSnapshot,
  plan: string,
): Uint8Array {
  const tensors = new Map<string, SafetensorsTensor>();
  const counters: Record<string, number> = {};
  for (const [name, array] of Object.entries(state)) tensors.set(STATE + name, floatTensor(array));
  for (const [group, slots] of Object.entries(optimizers)) {
    for (const [slot, value] of Object.entries(slots)) {
      const name = `${OPTIMIZER}${group}:${slot}`;
      if (typeof value === "number") counters[name] = value;
      else tensors.set(name, { dtype: "F32", shape: [value.length], data: value });
    }
  }
  const meta = {
    kind: "hermes-checkpoint",
    plan,
    position: JSON.stringify(position),
    counters: JSON.stringify(counters),
  };
  return writeSafetensors(tensors, { ...meta, digest: digestOf(tensors) });
}

function encodeWeights(weights: NetworkWeights, plan: string): Uint8Array {
  const tensors = new Map([...weights].map(([name, array]) => [name, floatTensor(array)]));
  return writeSafetensors(tensors, { kind: "hermes-weights", plan, digest: digestOf(tensors) });
}

function floatTensor({ shape, data, dtype }: HostArray): SafetensorsTensor {
  if (!(data instanceof Float32Array)) throw new Error(`a checkpoint holds float32 alone, not ${dtype}`);
  return { dtype: "F32", shape, data };
}

/** SHA-256 over names and numbers, in the order of names. */
function digestOf(tensors: ReadonlyMap<string, SafetensorsTensor>): string {
  const hash = createHash("sha256");
  for (const name of [...tensors.keys()].sort()) {
    const { data } = tensors.get(name)!;
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}

interface ReadTensors {
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

function readTensors(bytes: Uint8Array): ReadTensors {
  const file = new SafetensorsFile(bytes);
  const tensors = new Map(
    [...file.entries].map(([name, { shape }]) => [
      name,
      { dtype: "F32" as const, shape, data: file.float32(name) },
    ]),
  );
  if (digestOf(tensors) !== file.metadata["digest"])
    throw new DamagedCheckpoint("its numbers do not match its checksum");
  return { tensors, metadata: file.metadata };
}

function decodeSnapshot(bytes: Uint8Array, plan: string, path: string): Omit<Checkpoint, "from"> {
  const { tensors, metadata } = readTensors(bytes);
  if (metadata["plan"] !== plan) {
    throw UserError.of(
      path,
      "the checkpoint of another plan",
      "one of this run",
      "start in a new folder with --out",
    );
  }
  const state: Record<string, HostArray> = {};
  const optimizers: Record<string, Record<string, Float32Array | number>> = {};
  const slot = (name: string, value: Float32Array | number) => {
    const [, group, ...rest] = name.split(":");
    optimizers[group!] = { ...optimizers[group!], [rest.join(":")]: value };
  };
  for (const [name, { shape, data }] of tensors) {
    const floats = data as Float32Array;
    if (name.startsWith(STATE)) state[name.slice(STATE.length)] = { dtype: "float32", shape, data: floats };
    else slot(name, floats);
  }
  const counters = z.record(z.string(), z.number()).parse(JSON.parse(metadata["counters"] ?? "{}"));
  for (const [name, value] of Object.entries(counters)) slot(name, value);
  return {
    position: positionSchema.parse(JSON.parse(metadata["position"] ?? "null")),
    snapshot: { state, optimizers },
  };
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
  if (bytes === undefined)
    throw UserError.of(
      path,
      "no such file",
      "the best weights of the run",
      "let the run reach its first validation",
    );
  try {
    const { tensors } = readTensors(bytes);
    const weights = new Map(
      [...tensors].map(([name, { shape, data }]) => [
        name,
        { dtype: "float32" as const, shape, data: data as Float32Array },
      ]),
    );
    return { plan: parsePlan(text.toString("utf8"), planPath), weights };
  } catch (error) {
    if (!(error instanceof SafetensorsError || error instanceof DamagedCheckpoint)) throw error;
    throw UserError.of(
      path,
      error.message,
      "whole weights",
      "resume the run from its last checkpoint, or train again",
    );
  }
}
