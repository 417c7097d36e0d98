import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type Dataset, openDataset } from "./dataset-folder.js";
import { importDataset } from "./import-dataset.js";
import { splitDataset } from "./split-dataset.js";
import { readSplit } from "./split-store.js";
import { type TrainingDataset, trainingDataset } from "./training-dataset.js";
import { type PhantomSetRequest, writePhantoms } from "./write-phantoms.js";

/** Simulated images, split by patient, with few labels. */
export interface DemoData {
  readonly dataset: Dataset;
  readonly training: TrainingDataset;
  readonly testIds: readonly string[];
}

export const DEMO_SPLIT = "demo";
const PHANTOM_SEED = 7;
const PHANTOM_SIDE_PX = 96;
const SPLIT_SEED = 1;
/** Large validation and test parts, so that the numbers are steady; the training images that it takes are mostly unlabelled. */
const SHARES = [0.5, 0.2, 0.3] as const;

export interface DemoDataRequest {
  /** Folder of the images. */
  readonly folder: string;
  readonly images: number;
  /** Labelled images for training, as many of each class. */
  readonly labels: number;
  readonly signal: AbortSignal;
}

/**
 * Writes, imports and splits the phantoms; those of an earlier demo of the same size are used again.
 * @throws UserError if the folder holds anything else
 */
export async function demoData({ folder, images, labels, signal }: DemoDataRequest): Promise<DemoData> {
  const wanted: PhantomSetRequest = {
    out: folder,
    count: images,
    sizePx: PHANTOM_SIDE_PX,
    seed: PHANTOM_SEED,
    layout: "bus-bra",
    lesions: "clear",
    plants: [],
    signal,
  };
  if (!(await areThere(wanted))) await writePhantoms(wanted);
  const imported = await importDataset({ folder, format: "bus-bra", choices: {}, signal });
  const dataset = await openDataset(imported.folder);
  await splitDataset({
    dataset,
    name: DEMO_SPLIT,
    seed: SPLIT_SEED,
    options: { shares: [...SHARES], labels: [labels], balance: "balanced", labelUnit: "image" },
    onTaken: "replace",
  });
  const split = await readSplit(dataset, DEMO_SPLIT);
  return {
    dataset,
    training: await trainingDataset(dataset, split, String(labels)),
    testIds: split.test,
  };
}

const truthSchema = z.object({
  seed: z.unknown(),
  count: z.unknown(),
  sizePx: z.unknown(),
  lesions: z.unknown(),
});

async function areThere({ out, seed, count, sizePx, lesions }: PhantomSetRequest): Promise<boolean> {
  const text = await readFile(join(out, "truth.json"), "utf8").catch(() => "null");
  const truth = truthSchema.safeParse(JSON.parse(text)).data;
  return (
    truth?.seed === seed && truth.count === count && truth.sizePx === sizePx && truth.lesions === lesions
  );
}
