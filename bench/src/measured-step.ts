import { fileURLToPath } from "node:url";
import { outputOf } from "./child-process.js";
import type { StepConfig } from "./step-ours.js";
import type { Yardstick } from "./yardstick.js";

/** The paper's networks under the whole method; the others are the yardstick's. */
export type TimedConfig = StepConfig | "paper-pair@128";

/** What one process measured. */
export interface MeasuredStep {
  readonly stepsMs: readonly number[];
  /** From a traced program to a session; `null` where nothing is compiled. */
  readonly createMs: number | null;
  readonly peakMemoryMb: number;
}

/** Steps at the start of a process that are slower than the rest and left out. */
const WARM_UP_STEPS = 2;

const child = fileURLToPath(new URL("./timed-step.js", import.meta.url));

/** Times our step in a process of its own. */
export async function measureOurs(config: TimedConfig, steps: number): Promise<MeasuredStep> {
  return parseMeasured(await outputOf(process.execPath, [child, config, String(steps + WARM_UP_STEPS)]));
}

/** Times PyTorch's step in a process of its own. */
export async function measureYardstick(
  { python, folder }: Yardstick,
  config: StepConfig,
  steps: number,
): Promise<MeasuredStep> {
  const script = `${folder}/torch_step.py`;
  return parseMeasured(await outputOf(python, [script, config, String(steps + WARM_UP_STEPS)]));
}

function parseMeasured(text: string): MeasuredStep {
  const measured: MeasuredStep = JSON.parse(text.trim().split("\n").at(-1)!);
  return { ...measured, stepsMs: measured.stepsMs.slice(WARM_UP_STEPS) };
}
