import { fetchSources, isFetchSourceName, UserError } from "@hermes-us/hermes";
import { didYouMean, fetchDataset } from "@hermes-us/hermes/node";
import { z } from "zod";
import { defineCommand } from "../command.js";
import { progressNotes } from "../progress.js";

const options = z.strictObject({
  out: z.string().default(".").describe("folder for the archive and the unpacked set"),
  url: z
    .string()
    .url("an http or https address")
    .optional()
    .describe("fetch from here instead of the official host"),
  sha256: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, "64 hexadecimal digits")
    .optional()
    .describe("checksum that the archive must have"),
});

export const dataFetch = defineCommand({
  path: ["data", "fetch"],
  summary: "download a public set from its official host",
  details: `${Object.entries(fetchSources)
    .map(([name, { title, page, terms }]) => `  ${name.padEnd(8)} ${title}\n           ${page}; ${terms}`)
    .join("\n")}

An interrupted download goes on where it stopped. The hosts publish no checksum that hermes could know, so the
first fetch records what it got in a .lock.json file beside the archive, and later fetches are held to it;
--sha256 checks against one that you trust.`,
  arguments: [{ name: "NAME", describe: Object.keys(fetchSources).join(", "), arity: "one" }],
  options,
  async run({ args, options: { out, url, sha256 }, context }) {
    const name = args.NAME?.[0] ?? "";
    if (!isFetchSourceName(name)) {
      const known = Object.keys(fetchSources);
      throw UserError.of(
        "hermes data fetch",
        `the set ${JSON.stringify(name)}`,
        `one of ${known.join(", ")}`,
        didYouMean(name, known, "get other sets from their publishers and import them"),
      );
    }
    const onProgress = progressNotes(context, (doneBytes, totalBytes) => {
      return `${megabytes(doneBytes)} of ${totalBytes === undefined ? "?" : megabytes(totalBytes)} MB`;
    });
    const result = await fetchDataset({ name, out, url, sha256, onProgress, signal: context.signal });
    context.print(`archive: ${result.archive} (${result.download}); SHA-256 ${result.sha256}`);
    context.print(CHECKED[result.checked]);
    context.print(`folder: ${result.folder} (${result.unpacked})`);
    context.print(`next: hermes data import ${JSON.stringify(result.folder)}`);
    return 0;
  },
});

const CHECKED = {
  given: "checked against --sha256",
  lock: "checked against the lock file of the first fetch",
  recorded:
    "not checked: this is the first fetch; the checksum was recorded in the lock file beside the archive",
} as const;

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
