import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Engine } from "@hermes-us/tensor";
import { type Complaint, UserError } from "../errors.js";
import { abridge } from "../models/checkpoints/apply-checkpoint.js";
import type { CheckpointTensors } from "../models/checkpoints/checkpoint.js";
import { fitPart, type PartFit } from "../models/checkpoints/fit-part.js";
import { type CalibrationBatch, loadMobileNetFolded } from "../models/checkpoints/folded-mobilenet.js";
import { encoderOfForm, mobileNetForm } from "../models/checkpoints/mobilenet-form.js";
import type { PretrainedPart } from "../models/pretrained-part.js";
import type { Declarations } from "../nn/scope.js";
import type { Plan } from "../train/plan.js";
import { modelByName } from "./by-name.js";
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

/** @returns the parts of the plan's model that may begin from public weights */
export function pretrainedParts({ model }: Plan): readonly PretrainedPart[] {
  const definition = modelByName(model.name);
  return definition.pretrained(definition.options.parse(model.options));
}

/** @returns those of them that learn at a rate of their own: none where the plan begins at random */
export function partsFromFiles(plan: Plan): readonly PretrainedPart[] {
  return plan.weights.kind === "random" ? [] : pretrainedParts(plan);
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
  /** Files, each for other parts. */
  readonly weights: readonly PublicWeights[];
  readonly parts: readonly PretrainedPart[];
  readonly declared: Declarations;
  /** Name of the network that is trained: `student`. */
  readonly network: string;
  /** A few training images of the run's size, for weights whose norms must be measured. */
  calibration(): Promise<readonly CalibrationBatch[]>;
}

export interface AppliedWeights {
  /** Numbers by full name. */
  readonly values: ReadonlyMap<string, Float32Array>;
  /** What begins at random although weights were given; for people. */
  readonly notes: readonly string[];
}

/**
 * Lays each file of public weights over the parts of the network that it is for.
 * @throws UserError for a file that fits no part, and for two files that fit one
 */
export async function applyPublicWeights(request: ApplyWeightsRequest): Promise<AppliedWeights> {
  const { weights, network, declared } = request;
  const names = [...declared.parameters.keys()];
  const parts = request.parts.filter(({ prefix }) =>
    names.some((name) => name.startsWith(`${network}/${prefix}`)),
  );
  const values = new Map<string, Float32Array>();
  const fileOf = new Map<PretrainedPart, string>();
  const notes: string[] = [];
  for (const file of weights) {
    const tensors = await withNorms(request, parts, file);
    const question = { tensors, file: file.name, declared, network: `${network}/` };
    const fits = parts.map((part) => ({ part, fit: fitPart({ ...question, part }) }));
    if (fits.every(({ fit }) => fit.kind === "differs")) throw fitsNothing(file, fits);
    for (const { part, fit } of fits) {
      if (fit.kind === "differs") continue;
      claim(fileOf, part, file.name);
      for (const [name, data] of fit.values) values.set(name, data);
      if (fit.random.length > 0)
        notes.push(
          `${file.name} has nothing of the right shape for ${fit.random.length} tensors, which begin at random: ${abridge(fit.random)}`,
        );
    }
  }
  for (const part of parts.filter((each) => weights.length > 0 && !fileOf.has(each)))
    notes.push(`no file of --weights is for ${labelOf(part)}, which begins at random`);
  return { values, notes };
}

/** A file's tensors; those of a folded MobileNetV2 with norms measured on images. */
async function withNorms(
  { engine, calibration }: ApplyWeightsRequest,
  parts: readonly PretrainedPart[],
  { tensors }: PublicWeights,
): Promise<CheckpointTensors> {
  const hasMobileNet = parts.some(({ architecture }) => architecture === "mobilenet-v2");
  if (!hasMobileNet || mobileNetForm(tensors) !== "folded") return tensors;
  return loadMobileNetFolded(engine, tensors, await calibration());
}

/** `cls (resnet-18)` */
function labelOf({ prefix, architecture }: PretrainedPart): string {
  return `${prefix.replace(/\.$/, "")} (${architecture})`;
}

function claim(fileOf: Map<PretrainedPart, string>, part: PretrainedPart, file: string): void {
  const other = fileOf.get(part);
  if (other !== undefined) {
    throw UserError.of(
      `--weights ${other},${file}`,
      `two files for ${labelOf(part)}`,
      "one file for each part",
      "leave one of them out",
    );
  }
  fileOf.set(part, file);
}

interface JudgedPart {
  readonly part: PretrainedPart;
  readonly fit: PartFit;
}

/** Names all parts, and what keeps the file from the one that it is nearest to. */
function fitsNothing({ name, tensors }: PublicWeights, judged: readonly JudgedPart[]): UserError {
  const examples = [...tensors.keys()].slice(0, 3).join(", ");
  const nearest = judged
    .flatMap(({ fit }) => (fit.kind === "differs" ? [fit] : []))
    .reduce<{ fitting: number; complaints: readonly Complaint[] }>(
      (best, fit) => (fit.fitting > best.fitting ? fit : best),
      { fitting: 0, complaints: [] },
    );
  const refusal =
    judged.length === 0
      ? {
          wanted: "no weights: this model has no part that begins from any",
          fix: "leave --weights out",
        }
      : {
          wanted: `weights of ${judged.map(({ part }) => labelOf(part)).join(" or ")}`,
          fix: "choose other weights (hermes weights fetch), or --weights random",
        };
  return new UserError([
    { what: `--weights ${name}`, got: `tensors that make up no part of this model: ${examples}`, ...refusal },
    ...nearest.complaints,
  ]);
}
