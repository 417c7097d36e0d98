/** Times steps in this process and prints one JSON object: `node timed-step.js CONFIG STEPS`. */
import type { MeasuredStep, TimedConfig } from "./measured-step.js";
import { timePaperStep } from "./paper-step-ours.js";
import { peakMemoryMb } from "./peak-memory.js";
import { timeOurStep } from "./step-ours.js";

const [config, steps] = process.argv.slice(2) as [TimedConfig, string];
const times =
  config === "paper-pair@128" ? await timePaperStep(Number(steps)) : await timeOurStep(config, Number(steps));
const measured: MeasuredStep = { ...times, peakMemoryMb: peakMemoryMb() };
process.stdout.write(`${JSON.stringify(measured)}\n`);
