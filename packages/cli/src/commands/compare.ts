import { comparisonMarkdown } from "@hermes-us/hermes";
import { comparisonFiles, compareRuns } from "@hermes-us/hermes/node";
import { z } from "zod";
import { defineCommand } from "../command.js";
import { comparisonLines } from "../comparison-lines.js";
import { version } from "../version.js";

const options = z.strictObject({
  on: z.enum(["test", "val"]).default("test").describe("part of the split that the runs were evaluated on"),
  baseline: z.string().default("supervised").describe("method that the others are compared with"),
  data: z.string().optional().describe("data set folder, for runs that were not evaluated yet"),
  out: z.string().default("comparison").describe("folder to write to"),
  print: z.enum(["table", "markdown"]).default("table").describe("what to print"),
});

export const compare = defineCommand({
  path: ["compare"],
  summary: "compare runs: methods x label budgets x seeds, with intervals and paired tests",
  details: `Runs of the same label budget, split and seed are paired with the baseline's. Writes ${Object.values(comparisonFiles).join(", ")}.
A method is marked as best only where the interval of its difference to every other excludes 0.

Example:
  hermes compare runs/* --data busi`,
  arguments: [{ name: "run", describe: "folders of runs", arity: "many" }],
  options,
  async run({ args, options: chosen, context }) {
    const { comparison, folder } = await compareRuns({
      runs: args.run ?? [],
      on: chosen.on,
      baseline: chosen.baseline,
      data: chosen.data,
      out: chosen.out,
      codeVersion: version(),
      signal: context.signal,
      onEvaluate: (run) => context.note(`evaluating ${run}`),
    });
    if (chosen.print === "markdown") context.print(comparisonMarkdown(comparison));
    else for (const line of comparisonLines(comparison)) context.print(line);
    context.print(`written: ${folder}: ${Object.values(comparisonFiles).join(", ")}`);
    return 0;
  },
});
