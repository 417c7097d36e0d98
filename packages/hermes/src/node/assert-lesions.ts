import { UserError } from "../errors.js";
import { loadMask } from "./load-mask.js";
import type { TrainingDataset } from "./training-dataset.js";

/**
 * Refuses labelled images whose outlines hold no lesion pixel at all. It stops at the first lesion, so a sound set costs
 * one mask.
 * @throws UserError also for a mask that cannot be read
 */
export async function assertLesions({ dataset, view }: TrainingDataset): Promise<void> {
  const labelled = new Set(view.labelled);
  let empty = 0;
  for (const sample of dataset.manifest.samples) {
    if (!labelled.has(sample.id)) continue;
    const mask = await loadMask(dataset, sample);
    if (mask === null) continue;
    if (mask.data.includes(1)) return;
    empty += 1;
  }
  throw UserError.of(
    "outlines of the labelled images",
    `no lesion pixel in ${empty} masks`,
    "at least one lesion, for segmentation",
    "look at the masks with `hermes data show`, correct them and import the set again",
  );
}
