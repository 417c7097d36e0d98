import { copyFile, mkdir, readFile, rename, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { SafetensorsError, SafetensorsFile } from "@hermes-us/tensor";
import { z } from "zod";
import { UserError } from "../errors.js";
import { isThere, readFetchLock } from "./fetch-lock.js";
import { type CheckpointTensors, checkpointTensors } from "../models/checkpoints/checkpoint.js";
import { type WeightsName, type WeightsSource, weightsSources } from "../models/checkpoints/sources.js";
import { type FetchFileRequest, fetchFile } from "./fetch-file.js";
import { sha256File } from "./sha256-file.js";
import { writeFailure, writeFileAtomic } from "./write-file-atomic.js";

export interface FetchWeightsRequest
  extends Pick<FetchFileRequest, "onProgress" | "signal" | "retryDelaysMs" | "stallTimeoutMs"> {
  readonly name: WeightsName;
  /** Folder of the store; default {@link weightsFolder}. */
  readonly out?: string | undefined;
  /** A file that is already here, instead of the network. */
  readonly from?: string | undefined;
  /** Instead of the official address. */
  readonly url?: string | undefined;
  /** Hex; checked before the file is put in its place. */
  readonly sha256?: string | undefined;
}

export interface FetchedWeights {
  readonly path: string;
  readonly sha256: string;
  /** Against what the file was checked; `recorded`: against nothing, this is the first fetch. */
  readonly checked: "given" | "lock" | "recorded";
  readonly source: "network" | "file" | "already there";
  /** Tensors in the file. */
  readonly tensors: number;
}

const lockSchema = z.strictObject({ origin: z.string(), sha256: z.string().length(64), bytes: z.int() });

/** @returns where public weights are kept: HERMES_WEIGHTS, else `.cache/hermes/weights` in the home folder */
export function weightsFolder(): string {
  return process.env.HERMES_WEIGHTS ?? join(homedir(), ".cache", "hermes", "weights");
}

/** @returns where the store keeps these weights, whether they are there or not */
export function weightsPath(name: WeightsName, folder: string = weightsFolder()): string {
  return join(folder, weightsSources[name].fileName);
}

/**
 * Puts public weights into the store: from their official address, or from a file. Only a whole safetensors file with the
 * right checksum gets there.
 *
 * @throws UserError if the file is not what was asked for or fetched before
 */
export async function fetchWeights(request: FetchWeightsRequest): Promise<FetchedWeights> {
  const source: WeightsSource = weightsSources[request.name];
  const path = weightsPath(request.name, request.out);
  const lockPath = `${path}.lock.json`;
  const lock = await readFetchLock(lockPath, lockSchema);
  const [incoming, origin, kind] = await bring(request, source, path);
  const sha256 = await sha256File(incoming);
  const expected = request.sha256?.toLowerCase() ?? lock?.sha256;
  if (expected !== undefined && expected !== sha256) {
    throw UserError.of(
      incoming,
      `SHA-256 ${sha256}`,
      expected,
      `delete the file and fetch it again; if the publisher changed it on purpose, delete ${lockPath} too`,
    );
  }
  const tensors = (await readWeights(incoming)).size;
  if (incoming !== path) await rename(incoming, path);
  if (lock === undefined) {
    const bytes = (await stat(path)).size;
    await writeFileAtomic(lockPath, `${JSON.stringify({ origin, sha256, bytes }, undefined, 1)}\n`);
  }
  const checked = request.sha256 !== undefined ? "given" : lock !== undefined ? "lock" : "recorded";
  return { path, sha256, checked, source: kind, tensors };
}

/** @returns the file to check, where it is from, and how it came */
async function bring(
  request: FetchWeightsRequest,
  { url, page }: WeightsSource,
  path: string,
): Promise<[incoming: string, origin: string, source: FetchedWeights["source"]]> {
  const incoming = `${path}.unchecked`;
  if (request.from !== undefined) {
    await mkdir(join(path, ".."), { recursive: true }).catch((error: unknown) => {
      throw writeFailure(path, error);
    });
    await copyFile(request.from, incoming).catch((error: unknown) => {
      throw UserError.of(
        `--from ${request.from}`,
        String(error),
        "a safetensors file that can be read",
        "check the path",
      );
    });
    return [incoming, request.from, "file"];
  }
  const origin = request.url ?? url;
  if (await isThere(path)) return [path, origin, "already there"];
  await fetchFile({ ...request, url: origin, path: incoming, page });
  return [incoming, origin, "network"];
}

/**
 * Reads a file of weights.
 * @throws UserError for a file that is missing or no whole safetensors file
 */
export async function readWeights(path: string): Promise<CheckpointTensors> {
  try {
    return checkpointTensors(new SafetensorsFile(await readFile(path)));
  } catch (error) {
    if (error instanceof SafetensorsError) {
      throw UserError.of(path, error.message, "a whole safetensors file", "fetch or convert it again");
    }
    if (error instanceof Error && "code" in error) {
      throw UserError.of(path, error.message, "weights", "fetch them with hermes weights fetch NAME");
    }
    throw error;
  }
}
