import { join } from "node:path";
import { augmentationPolicies, augmentationPolicyNames } from "@hermes-us/hermes";
import { openDataset, partsOfSplit, SHEET_VIEWS, writeContactSheet } from "@hermes-us/hermes/node";
import { z } from "zod";
import { defineCommand } from "../command.js";

export const dataShow = defineCommand({
  path: ["data", "show"],
  summary: "draw a contact sheet: images with outlines, class and part of a split",
  details: `Writes a PNG and, beside it, an HTML page with the same pictures and more words. Vermilion is the
positive class, blue the first one, grey no class. The choice of images is random but repeatable (--seed).

Examples:
  hermes data show --data Dataset_BUSI_with_GT
  hermes data show --data bus-bra --split main --count 200 --out look.png
  hermes data show --data bus-bra --count 12 --views original,weak,strong --augment light`,
  arguments: [],
  options: z.strictObject({
    data: z.string().describe("data set folder, or an image folder that was imported"),
    split: z
      .string()
      .optional()
      .describe("name of a split: shows the part of each image, and images in a part only"),
    count: z.coerce.number().int().min(1).max(2000).default(48).describe("number of images"),
    views: z
      .array(z.enum(SHEET_VIEWS))
      .min(1)
      .default(["original"])
      .describe("what to show of each image, side by side; labelled, weak and strong are training views"),
    augment: z.enum(augmentationPolicyNames).default("light").describe("how training views are varied"),
    tile: z.coerce.number().int().min(32).max(512).default(160).describe("side of one picture, pixels"),
    seed: z.coerce
      .number()
      .int()
      .nonnegative()
      .default(1)
      .describe("whole number; equal seeds show the same"),
    out: z
      .string()
      .optional()
      .describe("PNG file to write (default: contact-sheet.png in the data set folder)"),
  }),
  async run({ options, context }) {
    const dataset = await openDataset(options.data);
    const partOf = options.split === undefined ? undefined : await partsOfSplit(dataset, options.split);
    const { shown, pngPath, htmlPath } = await writeContactSheet(dataset, {
      count: options.count,
      seed: options.seed,
      views: options.views,
      policy: augmentationPolicies[options.augment],
      tilePx: options.tile,
      ...(partOf && { partOf }),
      pngPath: options.out ?? join(dataset.folder, "contact-sheet.png"),
    });
    context.print(`${shown} of ${dataset.manifest.samples.length} images: ${pngPath}, ${htmlPath}`);
    return 0;
  },
});
