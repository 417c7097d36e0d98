import { formatComplaint, IMPORTER_NAMES, summariseManifest } from "@hermes-us/hermes";
import { importDataset } from "@hermes-us/hermes/node";
import { z } from "zod";
import { defineCommand } from "../command.js";
import { progressNotes } from "../progress.js";
import { textTable } from "../text-table.js";

const options = z.strictObject({
  format: z
    .enum(["auto", ...IMPORTER_NAMES])
    .default("auto")
    .describe("form of the set; auto tells it from the files"),
  out: z
    .string()
    .optional()
    .describe("data set folder to write (default: DIR/hermes); needed when DIR is read-only"),
  classMap: z
    .record(z.string(), z.string())
    .optional()
    .describe(
      "what a class word of the set counts as: a class, unlabelled or excluded, for example normal=unlabelled,4a=benign",
    ),
  classes: z.array(z.string().min(1)).optional().describe("classes in order, the positive one last"),
  images: z.string().optional().describe("folder of the images below DIR (generic, coco)"),
  masks: z.string().optional().describe("folder of the masks below DIR (generic)"),
  csv: z.string().optional().describe("table below DIR (generic)"),
  idColumn: z.string().optional().describe("column with the image names (generic)"),
  classColumn: z.string().optional().describe("column with the class (generic)"),
  groupColumn: z.string().optional().describe("column with the patient or case (generic)"),
  foldColumn: z.string().optional().describe("column with the set's own fold (generic)"),
  classFrom: z
    .enum(["csv", "folder", "none"])
    .optional()
    .describe("where classes come from (generic); told from the files by default"),
  annotations: z.string().optional().describe("the COCO file below DIR, if not all .json files (coco)"),
  emptyImages: z
    .enum(["unlabelled", "no-lesion"])
    .optional()
    .describe("what an image without annotations is (coco); unlabelled by default"),
  title: z.string().min(1).optional().describe("name of the set in reports"),
  source: z.string().min(1).optional().describe("short name of the set in the manifest"),
  licence: z.string().min(1).optional().describe("licence of the images"),
});

export const dataImport = defineCommand({
  path: ["data", "import"],
  summary: "turn a folder of images into a data set (manifest.jsonl)",
  details: `Nothing in DIR is changed; paths in the manifest are relative, so the folder may be moved.
If there are problems, all of them are printed and nothing is written.

Examples:
  hermes data import Dataset_BUSI_with_GT
  hermes data import ddti --class-map 4a=benign --out /data/ddti-hermes
  hermes data import my-images --csv table.csv --class-column finding --group-column patient`,
  arguments: [{ name: "DIR", describe: "folder with the images", arity: "one" }],
  options,
  async run({ args, options: { format, out, ...choices }, context }) {
    const result = await importDataset({
      folder: args.DIR?.[0] ?? "",
      format,
      out,
      choices,
      onProgress: progressNotes(context, (done, total) => `${done} of ${total} files read`),
      signal: context.signal,
    });
    const { header } = result.manifest;
    for (const warning of result.warnings) context.note(`warning: ${formatComplaint(warning)}`);
    context.print(
      `${header.title} (${header.format}); classes ${header.classes.join(", ")}, positive: ${header.classes.at(-1)}`,
    );
    const rows = summariseManifest(result.manifest).map(({ name, images, withMask, groups, excluded }) => [
      name,
      images,
      withMask,
      groups,
      excluded === null ? "" : "left out of splits",
    ]);
    const total = result.manifest.samples.length;
    for (const line of textTable([["class", "images", "with mask", "groups", "remark"], ...rows]))
      context.print(line);
    context.print(`${total} images; licence: ${header.licence}; ${result.warnings.length} warnings`);
    context.print(`written: ${result.folder} (${result.change}); manifest ${result.manifestHash}`);
    if (result.change === "changed")
      context.note("the manifest changed: splits made before have to be made again");
    return 0;
  },
});
