import { createHash } from "node:crypto";
import {
  type HostArray,
  SafetensorsError,
  SafetensorsFile,
  type SafetensorsTensor,
  type TrainingSnapshot,
  writeSafetensors,
} from "@hermes-us/tensor";
import { z } from "zod";
import type { NetworkWeights } from "../predict/predictor.js";
import type { TrainingPosition } from "../train/trainer.js";

/** A file whose numbers are not those that were written. */
export class DamagedFileError extends Error {
  override readonly name = "DamagedFileError";
}

const positionSchema = z.strictObject({
  step: z.number().int().nonnegative(),
  best: z.strictObject({ step: z.number().int(), selection: z.number().nullable() }).nullable(),
  stale: z.number().int().nonnegative(),
});

const STATE = "state:";
const OPTIMIZER = "optimizer:";

/** A checkpoint as it is read from its file. */
export interface CheckpointContent {
  /** Hash of the plan it belongs to. */
  readonly plan: string;
  readonly position: TrainingPosition;
  readonly snapshot: TrainingSnapshot;
}

/** @returns a safetensors file: state and optimisers under prefixed names, the rest as metadata */
export function encodeCheckpoint({ plan, position, snapshot }: CheckpointContent): Uint8Array {
  const tensors = new Map<string, SafetensorsTensor>();
  const counters: Record<string, number> = {};
  for (const [name, array] of Object.entries(snapshot.state)) tensors.set(STATE + name, floatTensor(array));
  for (const [group, slots] of Object.entries(snapshot.optimizers)) {
    for (const [slot, value] of Object.entries(slots)) {
      const name = `${OPTIMIZER}${group}:${slot}`;
      if (typeof value === "number") counters[name] = value;
      else tensors.set(name, { dtype: "F32", shape: [value.length], data: value });
    }
  }
  return encode(tensors, {
    kind: "hermes-checkpoint",
    plan,
    position: JSON.stringify(position),
    counters: JSON.stringify(counters),
  });
}

/** @throws DamagedFileError */
export function decodeCheckpoint(bytes: Uint8Array): CheckpointContent {
  const { tensors, metadata } = decode(bytes, "hermes-checkpoint");
  const state: Record<string, HostArray> = {};
  const optimizers: Record<string, Record<string, Float32Array | number>> = {};
  const slot = (name: string, value: Float32Array | number) => {
    const [, group, ...rest] = name.split(":");
    optimizers[group!] = { ...optimizers[group!], [rest.join(":")]: value };
  };
  for (const [name, array] of tensors) {
    if (name.startsWith(STATE)) state[name.slice(STATE.length)] = array;
    else slot(name, array.data);
  }
  const counters = fromJson(z.record(z.string(), z.number()), metadata.counters);
  for (const [name, value] of Object.entries(counters)) slot(name, value);
  return {
    plan: metadata.plan ?? "",
    position: fromJson(positionSchema, metadata.position),
    snapshot: { state, optimizers },
  };
}

/** @returns a safetensors file with the weights of one network under their own names */
export function encodeWeights(weights: NetworkWeights, plan: string): Uint8Array {
  const tensors = new Map([...weights].map(([name, array]) => [name, floatTensor(array)]));
  return encode(tensors, { kind: "hermes-weights", plan });
}

/** @throws DamagedFileError */
export function decodeWeights(bytes: Uint8Array): NetworkWeights {
  return decode(bytes, "hermes-weights").tensors;
}

function floatTensor({ shape, data, dtype }: HostArray): SafetensorsTensor {
  if (!(data instanceof Float32Array)) throw new Error(`a checkpoint holds float32 alone, not ${dtype}`);
  return { dtype: "F32", shape, data };
}

interface FloatArray extends HostArray {
  readonly data: Float32Array;
}

interface FileContent {
  readonly tensors: ReadonlyMap<string, FloatArray>;
  readonly metadata: Readonly<Record<string, string>>;
}

function encode(
  tensors: ReadonlyMap<string, SafetensorsTensor>,
  metadata: Record<string, string>,
): Uint8Array {
  return writeSafetensors(tensors, { ...metadata, digest: digestOf(tensors, metadata) });
}

function decode(bytes: Uint8Array, kind: string): FileContent {
  const { tensors, metadata } = readArrays(bytes);
  const { digest, ...rest } = metadata;
  if (digestOf(tensors, rest) !== digest)
    throw new DamagedFileError("its content does not match its checksum");
  if (rest.kind !== kind) throw new DamagedFileError(`it is no file of kind ${kind}`);
  return { tensors, metadata: rest };
}

function readArrays(bytes: Uint8Array): FileContent {
  try {
    const file = new SafetensorsFile(bytes);
    const tensors = new Map(
      [...file.entries].map(([name, { shape }]) => [
        name,
        { dtype: "float32" as const, shape, data: file.float32(name) },
      ]),
    );
    return { tensors, metadata: file.metadata };
  } catch (error) {
    if (error instanceof SafetensorsError) throw new DamagedFileError(error.message);
    throw error;
  }
}

/** SHA-256 over names, numbers and metadata, in the order of names. */
function digestOf(
  tensors: ReadonlyMap<string, Pick<SafetensorsTensor, "data">>,
  metadata: Readonly<Record<string, string>>,
): string {
  const hash = createHash("sha256");
  for (const name of [...tensors.keys()].sort()) {
    const { data } = tensors.get(name)!;
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  for (const name of Object.keys(metadata).sort()) hash.update(`${name}=${metadata[name]}\n`);
  return hash.digest("hex");
}

function fromJson<S extends z.ZodType>(schema: S, text: string | undefined): z.output<S> {
  try {
    return schema.parse(JSON.parse(text ?? ""));
  } catch {
    throw new DamagedFileError("its metadata cannot be read");
  }
}
