import { UserError } from "@hermes-us/hermes";
import { didYouMean, fetchWeights, isWeightsName, weightsSources } from "@hermes-us/hermes/node";
import { z } from "zod";
import { defineCommand } from "../command.js";

const options = z.strictObject({
  out: z
    .string()
    .optional()
    .describe("folder of the store; default HERMES_WEIGHTS, else .cache/hermes/weights in the home folder"),
  from: z.string().optional().describe("take this safetensors file instead of the network"),
  url: z
    .string()
    .url("an http or https address")
    .optional()
    .describe("fetch from here instead of the official host"),
  sha256: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, "64 hexadecimal digits")
    .optional()
    .describe("checksum that the file must have"),
});

const PROGRESS_INTERVAL_MS = 5000;

export const weightsFetch = defineCommand({
  path: ["weights", "fetch"],
  summary: "download public ImageNet weights from their official host",
  details: `${Object.entries(weightsSources)
    .map(
      ([name, { title, page, licence }]) =>
        `  ${name.padEnd(16)} ${title}\n  ${"".padEnd(16)} ${page}; licence: ${licence}`,
    )
    .join("\n")}

An interrupted download goes on where it stopped. The first fetch records the file's SHA-256 in a .lock.json file beside
it, and later fetches are held to it; --sha256 checks against one that you trust.`,
  arguments: [{ name: "NAME", describe: Object.keys(weightsSources).join(", "), arity: "one" }],
  options,
  async run({ args, options: chosen, context }) {
    const name = args.NAME?.[0] ?? "";
    if (!isWeightsName(name)) {
      const known = Object.keys(weightsSources);
      throw UserError.of(
        "hermes weights fetch",
        `the weights ${JSON.stringify(name)}`,
        `one of ${known.join(", ")}`,
        didYouMean(name, known, "give other checkpoints by path where they are used"),
      );
    }
    let lastNoteMs = 0;
    const onProgress = (doneBytes: number, totalBytes: number | undefined): void => {
      const nowMs = Date.now();
      if (nowMs - lastNoteMs < PROGRESS_INTERVAL_MS && doneBytes !== totalBytes) return;
      lastNoteMs = nowMs;
      const total = totalBytes === undefined ? "?" : (totalBytes / 1e6).toFixed(1);
      context.note(`${(doneBytes / 1e6).toFixed(1)} of ${total} MB`);
    };
    const result = await fetchWeights({ name, ...chosen, onProgress, signal: context.signal });
    context.print(`weights: ${result.path} (${SOURCES[result.source]}); ${result.tensors} tensors`);
    context.print(`SHA-256 ${result.sha256}, ${CHECKED[result.checked]}`);
    return 0;
  },
});

const SOURCES = { network: "downloaded", file: "copied", "already there": "already there" } as const;

const CHECKED = {
  given: "checked against --sha256",
  lock: "checked against the lock file of the first fetch",
  recorded: "not checked: this is the first fetch; recorded in the lock file beside the weights",
} as const;
