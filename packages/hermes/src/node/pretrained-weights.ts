import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Engine } from "@hermes-us/tensor";
import { UserError } from "../errors.js";
import { applyCheckpoint, checkCheckpointReport } from "../models/checkpoints/apply-checkpoint.js";
import type { CheckpointTensors } from "../models/checkpoints/checkpoint.js";
import { type CalibrationBatch, loadMobileNetFolded } from "../models/checkpoints/folded-mobilenet.js";
import { type CheckpointMappingName, checkpointMappings } from "../models/checkpoints/mappings.js";
import { encoderOfForm, mobileNetForm } from "../models/checkpoints/mobilenet-form.js";
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

/**
 * Weights of a MobileNetV2 expect the input range and the padding that they were trained with; the wrong ones give a
 * network that runs and is worse.
 * @param modelOptions of the plan; a model without an option `encoder` takes any
 * @throws UserError if the weights are for another encoder than the model's
 */
export function checkEncoder(
  { name, tensors }: PublicWeights,
  parts: readonly PretrainedPart[],
  { encoder }: Readonly<Record<string, unknown>>,
): void {
  const form = mobileNetForm(tensors);
  const hasMobileNet = parts.some(({ architecture }) => architecture === "mobilenet-v2");
  if (form === undefined || !hasMobileNet || typeof encoder !== "string") return;
  const wanted = encoderOfForm[form];
  if (wanted === encoder) return;
  throw UserError.of(
    `--weights ${name}`,
    `a MobileNetV2 for the encoder ${wanted}`,
    `one for the model's encoder, ${encoder}, whose input range and padding are others`,
    `add --set encoder=${wanted}, or choose other weights`,
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
  const folded = mobileNetForm(weights.tensors) === "folded";
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
