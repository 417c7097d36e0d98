import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../errors.js";
import { fittedThresholdSchema } from "../evaluate/operating-points.js";
import type { RunFacts } from "../evaluate/run-facts.js";
import { writeFileAtomic } from "./write-file-atomic.js";

const knowledgeSchema = z.strictObject({
  kind: z.literal("hermes-run-knowledge"),
  version: z.literal(1),
  planHash: z.string(),
  weightsSha256: z.string(),
  /** Fitted on the validation images of the run's own split. */
  thresholds: z.array(fittedThresholdSchema),
  /** SHA-256 of the image files that the run was trained on, in order. */
  trainingSha256: z.array(z.string()),
});

/**
 * What an evaluation on a run's own data leaves for one on other data, where the run's images are not at hand:
 * thresholds fitted on validation, and which files are training images.
 */
export type RunKnowledge = Pick<z.output<typeof knowledgeSchema>, "thresholds" | "trainingSha256">;

const FILE = "knowledge.json";

/** @returns `undefined` if there is none, or it belongs to other weights */
export async function readRunKnowledge(folder: string, facts: RunFacts): Promise<RunKnowledge | undefined> {
  const path = join(folder, "report", FILE);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    const known = knowledgeSchema.parse(JSON.parse(text));
    return known.planHash === facts.planHash && known.weightsSha256 === facts.weightsSha256
      ? known
      : undefined;
  } catch {
    throw UserError.of(
      path,
      "a damaged file",
      "what `hermes evaluate` wrote",
      "delete it, and evaluate the run on its own data again",
    );
  }
}

export async function writeRunKnowledge(
  folder: string,
  facts: RunFacts,
  { thresholds, trainingSha256 }: RunKnowledge,
): Promise<void> {
  const { planHash, weightsSha256 } = facts;
  const known = {
    kind: "hermes-run-knowledge",
    version: 1,
    planHash,
    weightsSha256,
    thresholds,
    trainingSha256: [...trainingSha256].sort(),
  } satisfies z.input<typeof knowledgeSchema>;
  await writeFileAtomic(join(folder, "report", FILE), `${JSON.stringify(known)}\n`);
}
