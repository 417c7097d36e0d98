import {
  assembleBatch,
  type BatchPlan,
  type LabelSource,
  type StepDraws,
  stepDraws,
  type TrainingBatch,
} from "../data/batch.js";
import { type PreparedImage, preparedSidePx } from "../data/prepared-image.js";
import type { Sample } from "../data/sample.js";
import { UserError } from "../errors.js";
import type { Dataset } from "./dataset-folder.js";
import { ImageCache } from "./image-cache.js";

/** Makes the batch of any step. Equal plans give equal batches, in whatever order and thread they are asked for. */
export interface BatchSource {
  batch(step: number): Promise<TrainingBatch>;
}

/** @throws UserError if the plan names images that the data set does not have */
export function createBatchSource(dataset: Dataset, plan: BatchPlan): BatchSource {
  const samples = planSamples(dataset, plan);
  const labels = labelSource(dataset, samples);
  const drawsOf = stepDraws(plan, labels);
  const cache = new ImageCache(dataset, { sidePx: preparedSidePx(plan.sidePx), aspect: plan.aspect });
  return {
    async batch(step) {
      const draws = drawsOf(step);
      return assembleBatch(plan, step, draws, labels, await loadDraws(cache, samples, draws));
    },
  };
}

/** @returns the plan's images by id */
export function planSamples(dataset: Dataset, plan: BatchPlan): Map<string, Sample> {
  const all = new Map(dataset.manifest.samples.map((sample) => [sample.id, sample]));
  const samples = new Map<string, Sample>();
  const missing: string[] = [];
  for (const id of [...plan.labelledIds, ...plan.unlabelledIds]) {
    const sample = all.get(id);
    if (sample === undefined) missing.push(id);
    else samples.set(id, sample);
  }
  if (missing.length > 0) throw unknownIds(dataset, missing);
  return samples;
}

function labelSource(dataset: Dataset, samples: ReadonlyMap<string, Sample>): LabelSource {
  const { classes } = dataset.manifest.header;
  return {
    labelOf(id) {
      const className = samples.get(id)!.className;
      const index = className === null ? -1 : classes.indexOf(className);
      return index === -1 ? null : index;
    },
  };
}

async function loadDraws(
  cache: ImageCache,
  samples: ReadonlyMap<string, Sample>,
  draws: StepDraws,
): Promise<Map<string, PreparedImage>> {
  const prepared = new Map<string, PreparedImage>();
  for (const { id } of [...draws.labelled, ...draws.unlabelled]) {
    if (!prepared.has(id)) prepared.set(id, await cache.load(samples.get(id)!));
  }
  return prepared;
}

function unknownIds(dataset: Dataset, ids: readonly string[]): UserError {
  return UserError.of(
    dataset.folder,
    `${ids.length} image ids that it does not have or that are closed to training (${ids.slice(0, 3).join(", ")}${ids.length > 3 ? ", …" : ""})`,
    "ids of training images of this data set",
    "take them from the training view of a split made for it (`hermes data split`)",
  );
}
