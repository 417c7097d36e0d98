import { type Manifest, type SplitFile, summariseSplit } from "@hermes-us/hermes";
import { openDataset, splitDataset } from "@hermes-us/hermes/node";
import { z } from "zod";
import { defineCommand } from "../command.js";
import { textTable } from "../text-table.js";

const SHARES = /^(\d*\.?\d+)\/(\d*\.?\d+)\/(\d*\.?\d+)$/;

const options = z.strictObject({
  data: z.string().describe("data set folder, or image folder with a folder `hermes` in it"),
  name: z.string().default("default").describe("name of the split"),
  seed: z.number().int().min(0).default(1).describe("same seed, same split"),
  shares: z
    .string()
    .regex(SHARES, "three numbers with slashes, training/validation/test, for example 0.7/0.1/0.2")
    .default("0.7/0.1/0.2")
    .describe("shares of training/validation/test"),
  labels: z
    .array(z.number().positive())
    .default([])
    .describe("label budgets: numbers of images (72,144,216), or shares below 1; nested"),
  balance: z
    .enum(["balanced", "natural"])
    .default("natural")
    .describe("classes in a budget: as many of each, or as in the training part"),
  labelUnit: z
    .enum(["image", "group"])
    .default("image")
    .describe("draw single images or whole patients into a budget"),
  folds: z
    .union([z.number().int().min(2), z.literal("own")])
    .optional()
    .describe("cross-validation: so many folds, or the set's own; one split per fold, NAME-fold1 and so on"),
  onTaken: z
    .enum(["refuse", "replace"])
    .default("refuse")
    .describe("what to do if NAME is taken by another split"),
});

export const dataSplit = defineCommand({
  path: ["data", "split"],
  summary: "divide a data set into training, validation and test, with label budgets",
  details: `Images of one patient, near-duplicates (from \`hermes data audit\`) and equal files stay together.
Images without a class are used for training alone. The file is locked by its hash; training cannot read the
test part, and every evaluation on it is written to ledger.jsonl.

Example:
  hermes data split --data busi --seed 1 --labels 72,144,216 --balance balanced`,
  arguments: [],
  options,
  async run({ options: { data, name, seed, shares, labels, balance, labelUnit, folds, onTaken }, context }) {
    const dataset = await openDataset(data);
    const [train = 0, val = 0, test = 0] = shares.split("/").map(Number);
    const result = await splitDataset({
      dataset,
      name,
      seed,
      folds,
      onTaken,
      options: { shares: [train, val, test], labels, balance, labelUnit },
    });
    if (result.audited === "no") {
      context.note(
        "no audit: near-duplicates are not kept together; run `hermes data audit` first to have them grouped",
      );
    }
    for (const [splitName, split] of result.splits) {
      for (const line of tableOf(dataset.manifest, split)) context.print(line);
      context.print(`written: ${splitName}; hash ${split.hash}`);
    }
    return 0;
  },
});

function tableOf(manifest: Manifest, split: SplitFile): string[] {
  const rows = summariseSplit(manifest, split).map(({ part, images, perClass, groups }) => [
    part,
    images,
    ...perClass,
    groups,
  ]);
  return textTable([["part", "images", ...manifest.header.classes, "no class", "groups"], ...rows]);
}
