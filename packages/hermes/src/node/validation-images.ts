import { prepareImage } from "../data/prepared-image.js";
import type { Sample } from "../data/sample.js";
import type { TrainingSettings } from "../train/settings.js";
import type { ValidationImage } from "../train/validation.js";
import type { Dataset } from "./dataset-folder.js";
import { decodeImage } from "./image-codec.js";
import { loadMask } from "./load-mask.js";

/**
 * One image as the network and the metrics want it.
 * @param classes names in the order of the class index
 */
export async function loadValidationImage(
  dataset: Dataset,
  sample: Sample,
  classes: readonly string[],
  { sidePx, aspect }: Pick<TrainingSettings, "sidePx" | "aspect">,
): Promise<ValidationImage> {
  const decoded = await decodeImage(dataset.pathOf(sample.image));
  const prepared = prepareImage(decoded, null, sidePx, aspect);
  const mask = await loadMask(dataset, sample);
  const label = sample.className === null ? -1 : classes.indexOf(sample.className);
  return {
    id: sample.id,
    image: Float32Array.from(prepared.image, (level) => level / 255),
    content: prepared.content,
    truth: mask === null ? null : { widthPx: sample.widthPx, heightPx: sample.heightPx, data: mask.data },
    label: label < 0 ? null : label,
  };
}
