import {
  loadModelForMany,
  predictFiles,
  type PredictFilesResult,
  readModelBytes,
} from "@hermes-us/hermes/node";
import { z } from "zod";
import { defineCommand } from "../command.js";
import { progressNotes } from "../progress.js";

const options = z.strictObject({
  out: z.string().default("predictions").meta({ short: "o" }).describe("folder of the results"),
  spacing: z
    .array(z.number().positive())
    .min(1)
    .max(2)
    .optional()
    .describe("size of a pixel in mm: one number, or width,height; adds measures in mm"),
  overlays: z.enum(["yes", "no"]).default("yes").describe("write the images with the lesion outlined"),
  threads: z.number().int().positive().optional().describe("processor threads; default: all"),
});

const EXIT_SOME_FAILED = 3;
const EXIT_CONTINUE = 75;
const LISTED_FAILURES = 20;

export const predict = defineCommand({
  path: ["predict"],
  summary: "outline and classify images with a model file",
  details: `Writes masks (PNG, 255 on the lesion) and overlays at the images' own size, predictions.jsonl and
predictions.csv. Images that cannot be read or predicted are listed at the end and in failures.jsonl; the others are
done all the same. The same command goes on where it was stopped.
Exit codes: 0 all done, ${EXIT_SOME_FAILED} some images failed, ${EXIT_CONTINUE} stopped before the end, 2 wrong input.

Examples:
  hermes predict model.onnx scans --out results
  hermes predict model.onnx scan1.png scan2.png --out results --spacing 0.07`,
  arguments: [
    { name: "MODEL", describe: "model file of hermes export", arity: "one" },
    { name: "IMAGES", describe: "image files, or folders of them", arity: "many" },
  ],
  options,
  async run({ args, options: chosen, context }) {
    const path = args.MODEL![0]!;
    const threads = chosen.threads === undefined ? {} : { threads: chosen.threads };
    await using model = await loadModelForMany(await readModelBytes(path), threads, path);
    const note = progressNotes(context, (done) => `${done} images`);
    const [x, y = x] = chosen.spacing ?? [];
    const result = await predictFiles({
      model,
      places: args.IMAGES!,
      out: chosen.out,
      spacingMm: x === undefined || y === undefined ? null : { x, y },
      overlays: chosen.overlays,
      signal: context.signal,
      onProgress: ({ predicted, failed, skipped }) => note(predicted + failed + skipped, undefined),
    });
    for (const { image, reason } of result.failures.slice(0, LISTED_FAILURES))
      context.note(`${image}: ${reason}`);
    if (result.failures.length > LISTED_FAILURES)
      context.note(`and ${result.failures.length - LISTED_FAILURES} more, in failures.jsonl`);
    context.print(summaryLine(result, chosen.out));
    if (result.end === "interrupted") return EXIT_CONTINUE;
    return result.failures.length > 0 ? EXIT_SOME_FAILED : 0;
  },
});

function summaryLine(
  { predicted, skipped, failed, forReview, withoutOutline, end }: PredictFilesResult,
  out: string,
): string {
  const before = skipped === 0 ? "" : `, ${skipped} done before`;
  return `${end}: ${predicted} images predicted (${forReview} to be looked at by a person, ${withoutOutline} of them without an outline)${before}, ${failed} failed; ${out}`;
}
