import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Engine } from "@hermes-us/tensor";
import { UserError } from "../errors.js";
import { applyCheckpoint, checkCheckpointReport } from "../models/checkpoints/apply-checkpoint.js";
import type { CheckpointTensors } from "../models/checkpoints/checkpoint.js";
import { type CalibrationBatch, loadMobileNetFolded } from "../models/checkpoints/folded-mobilenet.js";
import { type CheckpointMappingName, checkpointMappings } from "../models/checkpoints/mappings.js";
import type { PretrainedPart } from "../models/pretrained-part.js";
import type { Declarations } from "../nn/scope.js";
import { readWeights } from "./weights-store.js";

/** A file of public weights, read. */
export interface PublicWeights {
  readonly name: string;
  readonly sha256: string;
  readonly tensors: CheckpointTensors;
}

export async function readPublicWeights(path: string): Promise<PublicWeights> {
  const tensors = await readWeights(path);
  const sha256 = createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
  return { name: basename(path), sha256, tensors };
}

/** Without norms a MobileNetV2's layers have biases instead. */
function isFoldedMobileNet(tensors: CheckpointTensors): boolean {
  return (
    tensors.has("stem.bias") &&
    ![...tensors.keys()].some((name) => name.includes("norm") || name.includes("bn"))
  );
}

export interface ApplyWeightsRequest {
  readonly engine: Engine;
  readonly weights: PublicWeights;
  readonly parts: readonly PretrainedPart[];
  readonly declared: Declarations;
  /** Name of the network that is trained: `student`. */
  readonly network: string;
  /** A few training images of the run's size, for weights whose norms must be measured. */
  calibration(): Promise<readonly CalibrationBatch[]>;
}

/**
 * Lays public weights over every part of the network that they are for.
 * @returns numbers by full name
 * @throws UserError if they fit no part
 */
export async function applyPublicWeights(request: ApplyWeightsRequest): Promise<Map<string, Float32Array>> {
  const { weights, parts, network, declared } = request;
  const folded = isFoldedMobileNet(weights.tensors);
  const tensors = folded
    ? await loadMobileNetFolded(request.engine, weights.tensors, await request.calibration())
    : weights.tensors;
  const values = new Map<string, Float32Array>();
  const mappings: CheckpointMappingName[] = folded
    ? ["own"]
    : (Object.keys(checkpointMappings) as CheckpointMappingName[]);
  for (const part of parts) {
    const place = { prefix: `${network}/${part.prefix}`, names: part.names };
    if (![...declared.parameters.keys()].some((name) => name.startsWith(place.prefix))) continue;
    const reports = mappings.map((mapping) =>
      applyCheckpoint(tensors, checkpointMappings[mapping], declared, place),
    );
    const best = reports.reduce((a, b) => (b.values.size > a.values.size ? b : a));
    checkCheckpointReport(best, weights.name);
    for (const [name, data] of best.values) values.set(name, data);
  }
  if (values.size === 0) {
    throw UserError.of(
      weights.name,
      "weights that fit no part of this model",
      "weights of its encoders",
      "choose other weights, or --weights random",
    );
  }
  return values;
}
