import { readFile } from "node:fs/promises";
import { type Plan, type TrainingEvent, UserError } from "@hermes-us/hermes";
import {
  assertTrainable,
  openDataset,
  pretrainedParts,
  type PublicWeights,
  profileByName,
  readPublicWeights,
  readSplit,
  resolvePlan,
  trainingDataset,
  trainRun,
  type WeightsName,
} from "@hermes-us/hermes/node";
import { ortNodeEngine } from "@hermes-us/tensor/ort-node";
import { z } from "zod";
import { defineCommand } from "../command.js";
import { eventLine, RunClock } from "../training-lines.js";
import { version } from "../version.js";

const options = z.strictObject({
  data: z.string().describe("data set folder, or image folder with a folder `hermes` in it"),
  method: z.string().default("hermes").describe("see hermes list methods"),
  labels: z.string().default("all").describe("label budget of the split: a number of images, or all"),
  profile: z.string().default("light").describe("see hermes list profiles"),
  seed: z.number().int().min(0).default(1).describe("of weights, batches and augmentation"),
  split: z.string().default("default").describe("name of the split"),
  weights: z
    .array(z.string())
    .default([])
    .describe("safetensors files that the encoders begin from (hermes weights fetch), or random"),
  set: z
    .array(z.string())
    .default([])
    .describe("one setting, key=value; repeat for more; for the keys see below"),
  config: z.string().optional().describe("JSON file with training, methodOptions and modelOptions"),
  out: z.string().default("runs").describe("folder of all runs"),
  resume: z
    .enum(["auto", "never"])
    .default("auto")
    .meta({ bare: "auto" })
    .describe("go on from a checkpoint of the same plan, or refuse to"),
  threads: z.number().int().positive().optional().describe("processor threads; default: all"),
});

/** The run stopped before its end and goes on with the same command. */
const EXIT_CONTINUE = 75;
const EXIT_NOT_FINITE = 1;

export const train = defineCommand({
  path: ["train"],
  summary: "train one method on one label budget of a split",
  details: `The plan is printed, saved and hashed; the hash names the run's folder. The same command goes on with a run
that was stopped; a finished run is left as it is, or repaired if its best weights are damaged.
The keys of --set are shown by \`hermes list profiles NAME\` (training), \`hermes list methods NAME\` and
\`hermes list models NAME\`.
Exit codes: 0 finished, ${EXIT_CONTINUE} stopped before the end (run the command again), 1 loss not finite, 2 wrong input.

Examples:
  hermes train --data busi --method hermes --labels 144 --weights WEIGHTS.safetensors --set encoder=torch
  hermes train --data busi --profile paper --labels 144 --weights RES2NET.safetensors,RESNET.safetensors
  hermes train --data busi --method supervised --labels 144 --set steps=600 --set segmentation.learningRate=1e-3`,
  arguments: [],
  options,
  async run({ options: chosen, context }) {
    profileByName(chosen.profile);
    const dataset = await openDataset(chosen.data);
    const audited = await assertTrainable(dataset);
    if (audited === "not audited")
      context.note("this set was never audited: run `hermes data audit` to find duplicates and wrong masks");
    const split = await readSplit(dataset, chosen.split);
    const training = await trainingDataset(dataset, split, chosen.labels);
    const weights = await readWeightsFiles(chosen.weights);
    const plan = resolvePlan({
      method: chosen.method,
      profile: chosen.profile,
      seed: chosen.seed,
      split: chosen.split,
      labels: chosen.labels,
      dataset,
      training,
      weights,
      settings: chosen.set,
      config: chosen.config === undefined ? {} : await readConfig(chosen.config),
      codeVersion: version(),
    });
    context.print(JSON.stringify(plan, undefined, 2));
    if (chosen.weights.length === 0 && pretrainedParts(plan).length > 0)
      context.note(randomWeightsWarning(plan));
    await using engine = await ortNodeEngine(chosen.threads === undefined ? {} : { threads: chosen.threads });
    const clock = new RunClock(plan.training.steps);
    const result = await trainRun({
      plan,
      engine,
      training,
      weights,
      out: chosen.out,
      loaderWorkers: 1,
      resume: chosen.resume,
      signal: context.signal,
      onEvent: (event: TrainingEvent) => {
        const line = eventLine(event, clock);
        if (line !== undefined) context.note(line);
      },
      onNote: (note) => context.note(note),
    });
    context.print(`${result.reason}: ${result.folder}`);
    switch (result.reason) {
      case "interrupted":
        return EXIT_CONTINUE;
      case "not-finite":
        return EXIT_NOT_FINITE;
      default:
        return 0;
    }
  },
});

function randomWeightsWarning(plan: Plan): string {
  const names = new Set<WeightsName>(pretrainedParts(plan).map(({ architecture }) => architecture));
  const fetches = [...names].map((name) => `hermes weights fetch ${name}`).join(", ");
  return `warning: the encoders of ${plan.model.name} begin at random, for want of --weights; get some with ${fetches}, or silence this with --weights random`;
}

async function readWeightsFiles(words: readonly string[]): Promise<readonly PublicWeights[]> {
  const paths = words.filter((word) => word !== "random");
  if (paths.length > 0 && paths.length < words.length) {
    throw UserError.of(
      `--weights ${words.join(",")}`,
      "random and files",
      "files, or random alone",
      "leave random out: what no file is for begins at random",
    );
  }
  return Promise.all(paths.map(readPublicWeights));
}

async function readConfig(path: string): Promise<unknown> {
  const text = await readFile(path, "utf8").catch((error: Error) => {
    throw UserError.of(`--config ${path}`, error.message, "a JSON file", "check the path");
  });
  try {
    return JSON.parse(text);
  } catch {
    throw UserError.of(
      `--config ${path}`,
      "no JSON object",
      'for example { "training": { "steps": 600 } }',
      "correct the file",
    );
  }
}
