import { exportRun, type ExportedRun, openDataset, writeFileAtomic } from "@hermes-us/hermes/node";
import { z } from "zod";
import { cardLines } from "../card-lines.js";
import { defineCommand } from "../command.js";
import { progressNotes } from "../progress.js";

const options = z.strictObject({
  out: z.string().default("model.onnx").meta({ short: "o" }).describe("the model file"),
  data: z
    .string()
    .optional()
    .describe("data set of the run: fits the thresholds and measures the file on validation"),
  precision: z.enum(["float32", "float16", "int8"]).default("float32").describe("how weights are stored"),
  batch: z
    .number()
    .int()
    .min(1)
    .max(256)
    .default(1)
    .describe("images per run; above 1 the input has an axis for them"),
  coverage: z
    .number()
    .gt(0)
    .max(1)
    .default(0.9)
    .describe("share of validation images to keep: the thresholds of abstaining are set by it"),
});

export const exportCommand = defineCommand({
  path: ["export"],
  summary: "write a run as one model file for Node, browsers and Python",
  details: `The file takes raw pixels of any size and gives results at that size: preparation, both networks, saliency
and thresholds are in its graph. \`hermes model show\` prints what it says of itself.
With --precision float16 or int8 weights are stored smaller and computed with in float32; with --data the loss on
validation is printed.

Examples:
  hermes export runs/hermes-148-s1-0123456789ab --data busi --out model.onnx
  hermes export runs/hermes-148-s1-0123456789ab --data busi --precision int8 --out small.onnx`,
  arguments: [{ name: "RUN", describe: "folder of a run", arity: "one" }],
  options,
  async run({ args, options: chosen, context }) {
    const note = progressNotes(context, (done, total) => `validation: ${done} of ${total} images`);
    const exported = await exportRun(args.RUN![0]!, {
      dataset: chosen.data === undefined ? null : await openDataset(chosen.data),
      precision: chosen.precision,
      batch: chosen.batch,
      coverage: chosen.coverage,
      onProgress: note,
    });
    await writeFileAtomic(chosen.out, exported.bytes);
    for (const line of cardLines(exported.card)) context.print(line);
    for (const line of lossLines(exported)) context.print(line);
    if (chosen.data === undefined)
      context.note("without --data the file has no metrics, and no thresholds: it never abstains");
    context.print(`${chosen.out}: ${megabytes(exported.bytes.length)} MB`);
    return 0;
  },
});

function lossLines({ bytes, card, loss }: ExportedRun): string[] {
  if (loss === null) return [];
  const signed = (value: number | null) =>
    value === null ? "not known" : `${value < 0 ? "" : "+"}${value.toFixed(4)}`;
  return [
    `${card.precision} against float32 on validation: Dice ${signed(loss.dice)}, AUROC ${signed(loss.auroc)}, ` +
      `${(100 * loss.maskAgreement).toFixed(2)} % of mask pixels equal, ` +
      `class probabilities within ${loss.largestClassChange.toFixed(4)}; ` +
      `${megabytes(bytes.length)} instead of ${megabytes(loss.float32Bytes)} MB`,
  ];
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
