import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { type Engine, SafetensorsFile } from "@hermes-us/tensor";
import { UserError } from "../errors.js";
import { checkpointTensors } from "../models/checkpoints/checkpoint.js";
import { checkLossesGolden, type GoldenRow } from "../testing/golden-losses.js";
import { checkMobileNetGolden } from "../testing/golden-mobilenet.js";
import { checkNetworksGolden } from "../testing/golden-networks.js";

export type { GoldenRow } from "../testing/golden-losses.js";

/**
 * Checks a golden file of any known form, told by its content.
 *
 * @param weights file of the weights for activations that need them; by default the one that the file's note names, in
 * the folder `weights` beside its own
 * @throws UserError for a file that cannot be read or is of no known form
 */
export async function checkGoldenFile(
  path: string,
  engine: Engine,
  weights?: string,
): Promise<readonly GoldenRow[]> {
  const contents = await readText(path);
  const keys = keysOf(contents);
  if (keys.has("cases")) return checkLossesGolden(contents, engine);
  if (keys.has("seg_state_dict")) return checkNetworksGolden(contents, engine);
  if (keys.has("taps")) {
    const file = weights ?? resolve(dirname(path), "../weights", weightsNamed(contents));
    const bytes = await readFile(file).catch((error: unknown) => {
      throw UserError.of(
        file,
        String(error),
        "the weights that the golden file is for",
        "give them with --weights",
      );
    });
    return checkMobileNetGolden(contents, checkpointTensors(new SafetensorsFile(bytes)), engine);
  }
  throw UserError.of(
    path,
    keys.size === 0 ? "no JSON object" : `the keys ${[...keys].slice(0, 5).join(", ")}`,
    "a golden file of losses (cases), networks (seg_state_dict) or activations (taps)",
    "check the file",
  );
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw UserError.of(path, String(error), "a file that can be read", "check the path");
  }
}

function keysOf(contents: string): ReadonlySet<string> {
  try {
    const parsed: unknown = JSON.parse(contents);
    return new Set(typeof parsed === "object" && parsed !== null ? Object.keys(parsed) : []);
  } catch {
    return new Set();
  }
}

function weightsNamed(contents: string): string {
  return /weights\/([\w.-]+\.safetensors)/.exec(contents)?.[1] ?? "mobilenet_v2_1.0_imagenet.safetensors";
}
