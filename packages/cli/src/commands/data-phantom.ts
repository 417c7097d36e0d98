import { layoutNames, lesionLookNames, plantNames, writePhantoms } from "@hermes-us/hermes/node";
import { z } from "zod";
import { defineCommand } from "../command.js";

const plantsOption = z
  .string()
  .default("")
  .transform((text) =>
    text
      .split(",")
      .map((word) => word.trim())
      .filter((word) => word !== ""),
  )
  .pipe(z.array(z.enum(plantNames)))
  .describe(`comma-separated faults with known truth: ${plantNames.join(", ")}`);

export const dataPhantom = defineCommand({
  path: ["data", "phantom"],
  summary: "Write a set of simulated ultrasound images with masks, classes and patients",
  details: `Writes images, masks and tables in the form of a published set, and truth.json: what each image shows
and what was planted. The same seed gives the same files. OUT must be new or empty.

Examples:
  hermes data phantom phantoms --count 300 --size 160 --seed 1
  hermes data phantom planted --plant duplicates,near-duplicates,mask-faults --layout busi`,
  arguments: [{ name: "out", describe: "folder to make", arity: "one" }],
  options: z.strictObject({
    count: z.coerce.number().int().min(1).max(100_000).default(300).describe("number of images"),
    size: z.coerce.number().int().min(64).max(1024).default(160).describe("longest side, pixels"),
    seed: z.coerce
      .number()
      .int()
      .nonnegative()
      .default(1)
      .describe("whole number; equal seeds give equal files"),
    layout: z.enum(layoutNames).default("bus-bra").describe("form of the folder"),
    lesions: z
      .enum(lesionLookNames)
      .default("natural")
      .describe("clear: all large and dark, none easily missed"),
    plant: plantsOption,
  }),
  async run({ args, options, context }) {
    const out = args.out?.[0] ?? "";
    const truth = await writePhantoms({
      out,
      count: options.count,
      sizePx: options.size,
      seed: options.seed,
      layout: options.layout,
      lesions: options.lesions,
      plants: options.plant,
      signal: context.signal,
    });
    const patients = new Set(truth.images.map(({ patient }) => patient)).size;
    const counts = ["benign", "malignant", "normal"]
      .map((name) => ({ name, images: truth.images.filter(({ className }) => className === name).length }))
      .filter(({ images }) => images > 0)
      .map(({ name, images }) => `${images} ${name}`);
    context.print(
      `${out}: ${truth.count} images of ${patients} patients (${counts.join(", ")}), layout ${truth.layout}`,
    );
    if (truth.plants.length > 0)
      context.print(`${truth.plants.length} planted faults, listed in ${out}/truth.json`);
    context.print(`Next: hermes data import ${JSON.stringify(out)}`);
    return 0;
  },
});
