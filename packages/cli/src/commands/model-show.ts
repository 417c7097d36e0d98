import { readModelFile } from "@hermes-us/hermes";
import { readModelBytes } from "@hermes-us/hermes/node";
import { z } from "zod";
import { cardLines } from "../card-lines.js";
import { defineCommand } from "../command.js";

const options = z.strictObject({
  json: z.enum(["yes", "no"]).default("no").describe("print the whole card, training plan included, as JSON"),
});

export const modelShow = defineCommand({
  path: ["model", "show"],
  summary: "print what a model file says of itself",
  details: `The weights are checked against their checksum.

Examples:
  hermes model show model.onnx
  hermes model show model.onnx --json yes`,
  arguments: [{ name: "FILE", describe: "model file", arity: "one" }],
  options,
  async run({ args, options: { json }, context }) {
    const path = args.FILE![0]!;
    const file = readModelFile(await readModelBytes(path), path);
    if (json === "yes") {
      context.print(JSON.stringify({ ...file.card, weightsSha256: file.weightsSha256 }, undefined, 2));
      return 0;
    }
    for (const line of cardLines(file.card)) context.print(line);
    context.print(`Weights: ${(file.weightsBytes / 1e6).toFixed(1)} MB, SHA-256 ${file.weightsSha256}`);
    return 0;
  },
});
