import { type DemoScore, runDemo } from "@hermes-us/hermes/node";
import { ortNodeEngine } from "@hermes-us/tensor/ort-node";
import { z } from "zod";
import { defineCommand } from "../command.js";
import { textTable } from "../text-table.js";
import { eventLine, RunClock } from "../training-lines.js";
import { version } from "../version.js";

const options = z.strictObject({
  out: z.string().default("demo").describe("folder to write to"),
  images: z.number().int().min(60).max(5000).default(600).describe("number of simulated images"),
  labels: z.number().int().min(4).default(24).describe("training images with labels, half of each class"),
  seeds: z.number().int().min(1).max(20).default(1).describe("repeats, each with weights of its own"),
  steps: z.number().int().positive().optional().describe("training steps; default: the profile's"),
  threads: z.number().int().positive().optional().describe("processor threads; default: all"),
});

const EXIT_CONTINUE = 75;

export const demo = defineCommand({
  path: ["demo"],
  summary: "train on simulated images, with few labels, and see what the unlabelled images bring",
  details: `Needs no data: writes simulated images with clear lesions, trains \`supervised\` and \`hermes\` (profile
small) with the same few labels, measures both on test images, and writes a page with pictures. The same
command goes on with a demo that was stopped (exit code ${EXIT_CONTINUE}).

Examples:
  hermes demo
  hermes demo --seeds 3 --out demo-3`,
  arguments: [],
  options,
  async run({ options: { out, images, labels, seeds, steps, threads }, context }) {
    const runtime = threads === undefined ? {} : { threads };
    await using engine = await ortNodeEngine(runtime);
    let clock: RunClock | undefined;
    const result = await runDemo({
      out,
      images,
      labels,
      seeds: Array.from({ length: seeds }, (_, i) => i + 1),
      settings: steps === undefined ? [] : [`training.steps=${steps}`],
      engine,
      runtime,
      codeVersion: version(),
      signal: context.signal,
      onStage: (what) => {
        clock = undefined;
        context.note(what);
      },
      onTraining: (event, totalSteps) => {
        clock ??= new RunClock(totalSteps);
        const line = eventLine(event, clock);
        if (line !== undefined) context.note(`  ${line}`);
      },
    });
    if (result.kind !== "finished") {
      context.note(
        result.kind === "interrupted" ? "stopped; run the same command to go on" : "the loss was not finite",
      );
      return result.kind === "interrupted" ? EXIT_CONTINUE : 1;
    }
    for (const line of textTable(scoreRows(result.scores))) context.print(line);
    context.print(`pictures and reports: ${result.page}`);
    return 0;
  },
});

const HEAD = ["method", "seed", "Dice", "AUROC"];

/** The header, a row per run, and the means where there are several seeds. */
function scoreRows(scores: readonly DemoScore[]): string[][] {
  const number = (value: number | null) => (value === null ? "-" : value.toFixed(3));
  const rows = scores.map(({ method, seed, dice, auroc }) => [
    method,
    String(seed),
    number(dice),
    number(auroc),
  ]);
  const methods = [...new Set(scores.map(({ method }) => method))];
  if (rows.length === methods.length) return [HEAD, ...rows];
  const means = methods.map((method) => {
    const own = scores.filter((score) => score.method === method);
    return [
      method,
      "mean",
      number(mean(own.map(({ dice }) => dice))),
      number(mean(own.map(({ auroc }) => auroc))),
    ];
  });
  return [HEAD, ...rows, ...means];
}

function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
