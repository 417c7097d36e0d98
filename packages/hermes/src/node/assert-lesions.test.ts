import { rm, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { assertLesions } from "./assert-lesions.js";
import type { Dataset } from "./dataset-folder.js";
import { encodePng } from "./image-codec.js";
import { makeSmallDataset } from "./testing/small-dataset.js";
import type { TrainingDataset } from "./training-dataset.js";

let dataset: Dataset;
beforeEach(async () => {
  dataset = await makeSmallDataset(6);
});
afterEach(() => rm(dataset.root, { recursive: true }));

/** The first four images are labelled. */
function training(): TrainingDataset {
  const [labelled, unlabelled] = [dataset.manifest.samples.slice(0, 4), dataset.manifest.samples.slice(4)];
  return {
    dataset,
    view: {
      splitHash: "s".repeat(64),
      manifestHash: dataset.manifestHash,
      labelled: labelled.map(({ id }) => id),
      unlabelled: unlabelled.map(({ id }) => id),
      val: [],
    },
  };
}

/** Makes the masks of the first images black. */
async function blacken(count: number): Promise<void> {
  for (const { masks, widthPx, heightPx } of dataset.manifest.samples.slice(0, count)) {
    const black = await encodePng({
      widthPx,
      heightPx,
      channels: 1,
      data: new Uint8Array(widthPx * heightPx),
    });
    for (const mask of masks ?? [])
      if (mask.kind === "file") await writeFile(dataset.pathOf(mask.path), black);
  }
}

describe("assertLesions", () => {
  it("is content with one lesion", async () => {
    await blacken(2);
    await expect(assertLesions(training())).resolves.toBeUndefined();
  });

  it("refuses black masks alone, whatever the unlabelled images have", async () => {
    await blacken(4);
    await expect(assertLesions(training())).rejects.toThrow(/no lesion pixel in 3 masks; .*data show/);
  });
});
