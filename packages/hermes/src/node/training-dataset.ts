import type { SplitFile } from "../data/split/split-file.js";
import { type TrainingView, trainingView } from "../data/split/training-view.js";
import { UserError } from "../errors.js";
import type { Dataset } from "./dataset-folder.js";
import { decidedDatasetOf } from "./decided-dataset.js";

export interface TrainingDataset {
  /** Holds training and validation images alone; its `pathOf` refuses the files of every other image. */
  readonly dataset: Dataset;
  readonly view: TrainingView;
}

/**
 * What a trainer is given: neither the ids nor the files of the test part can be had through it. Decisions are
 * laid over the set.
 *
 * @throws UserError if the split lacks the budget, or the decisions changed after it was made
 */
export async function trainingDataset(
  dataset: Dataset,
  split: SplitFile,
  budget: string,
): Promise<TrainingDataset> {
  const view = trainingView(split, budget);
  const allowedIds = new Set([...view.labelled, ...view.unlabelled, ...view.val]);
  const decided = await decidedDatasetOf(dataset, split);
  const samples = decided.manifest.samples.filter(({ id }) => allowedIds.has(id));
  const allowedFiles = new Set(
    samples.flatMap(({ image, masks }) => [
      image,
      ...(masks ?? []).flatMap((mask) => (mask.kind === "file" ? mask.path : [])),
    ]),
  );
  const pathOf = (relativePath: string): string => {
    if (allowedFiles.has(relativePath)) return dataset.pathOf(relativePath);
    throw UserError.of(
      relativePath,
      "a file of an image that is not for training",
      "a file of a training or validation image",
      "use the test part through `hermes evaluate`, which writes it down",
    );
  };
  return {
    dataset: Object.freeze({ ...dataset, manifest: { header: dataset.manifest.header, samples }, pathOf }),
    view,
  };
}
