import { evaluateRun, evaluationFiles } from "@hermes-us/hermes/node";
import { z } from "zod";
import { defineCommand } from "../command.js";
import { evaluationLines } from "../evaluation-lines.js";
import { progressNotes } from "../progress.js";
import { version } from "../version.js";

const options = z.strictObject({
  data: z
    .string()
    .describe("data set folder, or any folder of images in the form of an importer (then all of it is test)"),
  split: z.string().default("test").describe("test, val, all, or a file with one image id per line"),
  out: z.string().optional().describe("folder to write to; default: the run's folder, report/PART"),
  classMap: z
    .record(z.string(), z.string())
    .default({})
    .describe("classes of the set to classes of the model, where their names differ"),
  spacing: z.number().positive().optional().describe("pixel size of all images, mm; default: not known"),
  threads: z.number().int().positive().optional().describe("processor threads; default: all"),
  json: z
    .enum(["yes", "no"])
    .default("no")
    .meta({ bare: "yes" })
    .describe("print the numbers as JSON, single images left out"),
});

export const evaluate = defineCommand({
  path: ["evaluate"],
  summary: "measure a run on images that it has never seen, and write a report",
  details: `Prints every metric with a 95 % interval over patients and writes ${evaluationFiles.evaluation}, ${evaluationFiles.images} and
${evaluationFiles.report} (one page, no other files). Images that the run was trained on are refused. Each look at a
test part is written to ledger.jsonl in the data set folder and counted.

Examples:
  hermes evaluate runs/hermes-144-s1-0123456789ab --data busi
  hermes evaluate runs/hermes-144-s1-0123456789ab --data other-hospital --class-map normal=benign`,
  arguments: [{ name: "run", describe: "folder of a run, or a model file", arity: "one" }],
  options,
  async run({ args, options: chosen, context }) {
    const { evaluation, folder } = await evaluateRun({
      path: args.run?.[0] ?? "",
      data: chosen.data,
      split: chosen.split,
      out: chosen.out,
      classMap: new Map(Object.entries(chosen.classMap)),
      spacingMm: chosen.spacing === undefined ? null : { x: chosen.spacing, y: chosen.spacing },
      runtime: chosen.threads === undefined ? {} : { threads: chosen.threads },
      codeVersion: version(),
      signal: context.signal,
      onProgress: progressNotes(context, (done, total) => `${done} of ${total} images`),
    });
    if (chosen.json === "yes") {
      const { images: _images, ...numbers } = evaluation;
      context.print(JSON.stringify({ ...numbers, folder }, undefined, 2));
      return 0;
    }
    for (const line of evaluationLines(evaluation)) context.print(line);
    context.print(`written: ${folder}: ${Object.values(evaluationFiles).join(", ")}`);
    return 0;
  },
});
