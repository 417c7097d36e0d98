import { type Plan, planHash } from "../train/plan.js";
import { type ExportRequest, exportModel } from "../export/export-model.js";
import { fitAbstention } from "../export/fit-abstention.js";
import type { ValidatedImage } from "../export/validated-image.js";
import { validationMetrics } from "../export/validation-metrics.js";
import { UserError } from "../errors.js";
import { dice } from "../metrics/dice.js";
import { countOverlap } from "../metrics/overlap.js";
import { MODEL_FORMAT, type ModelCard, type Precision } from "../predict/model-card.js";
import type { NetworkWeights } from "../predict/predictor.js";
import type { Dataset } from "./dataset-folder.js";
import { decodeImage } from "./image-codec.js";
import { loadMask } from "./load-mask.js";
import { loadModel } from "./load-model.js";
import { plannedModel } from "./planned-model.js";
import { readRun } from "./run-directory.js";
import { readSplit } from "./split-store.js";
import { trainingDataset } from "./training-dataset.js";

const MASK_THRESHOLD = 0.5;

const INTENDED_USE =
  "Research on ultrasound images of the kind named under data. Not a medical device: not for diagnosis, and of " +
  "unknown worth on other organs, machines or patients.";

export interface ExportChoices {
  /** The set that the run was trained on: thresholds and metrics come from its validation part. */
  readonly dataset: Dataset | null;
  readonly precision: Precision;
  /** Images per run. */
  readonly batch: number;
  /** Share of validation images that the two thresholds keep. */
  readonly coverage: number;
  onProgress(done: number, total: number): void;
}

/** What storing the weights in fewer bits cost on validation. */
export interface PrecisionLoss {
  readonly float32Bytes: number;
  /** Change of the means; `null` where they cannot be measured. */
  readonly dice: number | null;
  readonly auroc: number | null;
  /** Mean share of pixels whose mask is the same. */
  readonly maskAgreement: number;
  readonly largestClassChange: number;
}

export interface ExportedRun {
  readonly bytes: Uint8Array;
  readonly card: ModelCard;
  readonly loss: PrecisionLoss | null;
}

/** A trained network with the plan that it came from. */
export interface TrainedNetwork {
  readonly plan: Plan;
  readonly weights: NetworkWeights;
}

/**
 * Makes the model file of a run from its best weights.
 * @param run its folder
 * @throws UserError if the run has none, or the data set is not the one of the run
 */
export async function exportRun(run: string, choices: ExportChoices): Promise<ExportedRun> {
  return exportNetwork(await readRun(run), choices);
}

/** @throws UserError if the data set is not the one that the network was trained on */
export async function exportNetwork(
  { plan, weights }: TrainedNetwork,
  request: ExportChoices,
): Promise<ExportedRun> {
  const blank = unmeasuredModel({ plan, weights }, request);
  const draft = (changes: Partial<ModelCard>): ExportRequest => ({
    ...blank,
    card: { ...blank.card, ...changes },
  });
  if (request.dataset === null) {
    const { card } = draft({});
    return { bytes: exportModel(draft({})), card, loss: null };
  }
  const source = await validationSource(request.dataset, plan);
  const passes = request.precision === "float32" ? 1 : 2;
  const own = await validate(exportModel(draft({ batch: 1 })), source, (done, total) =>
    request.onProgress(done, total * passes),
  );
  const measured = draft({
    abstention: fitAbstention(
      own.map(({ image }) => image),
      request.coverage,
    ),
    metrics: validationMetrics(own.map(({ image }) => image)),
  });
  const bytes = exportModel(measured);
  if (request.precision === "float32") return { bytes, card: measured.card, loss: null };
  const full = exportModel(draft({ batch: 1, precision: "float32" }));
  const reference = await validate(full, source, (done, total) =>
    request.onProgress(total + done, total * passes),
  );
  return { bytes, card: measured.card, loss: precisionLoss(full.length, own, reference) };
}

/** What a run's model file is made of where nothing was measured: no metrics, no thresholds to abstain. */
export function unmeasuredModel(
  { plan, weights }: TrainedNetwork,
  choices: Pick<ExportChoices, "precision" | "batch">,
): ExportRequest {
  return { model: plannedModel(plan), weights, card: blankCard(plan, choices) };
}

function blankCard(plan: Plan, { precision, batch }: Pick<ExportChoices, "precision" | "batch">): ModelCard {
  const { manifestHash, splitHash, licence, citation, title } = plan.data;
  return {
    format: MODEL_FORMAT,
    title: `${plan.method.name} on ${title}, ${plan.data.labelledImages} labelled images`,
    intendedUse: INTENDED_USE,
    classes: [...plan.model.classes],
    precision,
    batch,
    sidePx: plan.training.sidePx,
    aspect: plan.training.aspect,
    maskThreshold: MASK_THRESHOLD,
    abstention: null,
    metrics: null,
    plan,
    planHash: planHash(plan),
    data: { title, manifestHash, splitHash, licence, citation },
    codeVersion: plan.codeVersion,
  };
}

interface ValidationSource {
  readonly dataset: Dataset;
  readonly ids: readonly string[];
  readonly classes: readonly string[];
}

async function validationSource(dataset: Dataset, plan: Plan): Promise<ValidationSource> {
  if (dataset.manifestHash !== plan.data.manifestHash) {
    throw UserError.of(
      `--data ${dataset.folder}`,
      `a data set with hash ${dataset.manifestHash.slice(0, 12)}`,
      `${plan.data.title} as the run was trained on (${plan.data.manifestHash.slice(0, 12)})`,
      "give that data set, or leave --data out",
    );
  }
  const split = await readSplit(dataset, plan.data.split);
  if (split.hash !== plan.data.splitHash) {
    throw UserError.of(
      `split ${plan.data.split} of ${dataset.folder}`,
      "a split that was made anew since",
      "the split that the run was trained on: else training images could pass for validation images",
      "restore that split, or leave --data out",
    );
  }
  const training = await trainingDataset(dataset, split, plan.data.labels);
  return { dataset: training.dataset, ids: training.view.val, classes: plan.model.classes };
}

interface Validated {
  readonly image: ValidatedImage;
  readonly mask: Uint8Array;
}

/** Runs the file itself on the validation images: what is measured is what is shipped. */
async function validate(
  bytes: Uint8Array,
  { dataset, ids, classes }: ValidationSource,
  onProgress: (done: number, total: number) => void,
): Promise<Validated[]> {
  await using model = await loadModel(bytes);
  const samples = new Map(dataset.manifest.samples.map((sample) => [sample.id, sample]));
  const validated: Validated[] = [];
  for (const id of ids) {
    const sample = samples.get(id)!;
    const prediction = await model.predict(await decodeImage(dataset.pathOf(sample.image)), { maps: [] });
    const truth = await loadMask(dataset, sample);
    const label = sample.className === null ? -1 : classes.indexOf(sample.className);
    const { widthPx, heightPx, mask, classConfidence, maskConfidence } = prediction;
    validated.push({
      mask,
      image: {
        id,
        group: sample.group,
        label: label < 0 ? null : label,
        classProbs: [...prediction.classProbs.values()],
        dice: truth === null ? null : dice(countOverlap(truth, { widthPx, heightPx, data: mask })),
        classConfidence,
        maskConfidence,
      },
    });
    onProgress(validated.length, ids.length);
  }
  return validated;
}

function precisionLoss(
  float32Bytes: number,
  own: readonly Validated[],
  full: readonly Validated[],
): PrecisionLoss {
  const [mine, theirs] = [own, full].map((all) => validationMetrics(all.map(({ image }) => image)));
  const change = (name: "dice" | "auroc") => {
    const [a, b] = [mine![name].value, theirs![name].value];
    return a === null || b === null ? null : a - b;
  };
  const agreements = own.map(({ mask }, i) => {
    const other = full[i]!.mask;
    return mask.reduce((same, value, at) => same + (value === other[at] ? 1 : 0), 0) / mask.length;
  });
  const classChanges = own.flatMap(({ image }, i) =>
    image.classProbs.map((probability, k) => Math.abs(probability - full[i]!.image.classProbs[k]!)),
  );
  return {
    float32Bytes,
    dice: change("dice"),
    auroc: change("auroc"),
    maskAgreement: agreements.reduce((sum, share) => sum + share, 0) / agreements.length,
    largestClassChange: Math.max(...classChanges),
  };
}
