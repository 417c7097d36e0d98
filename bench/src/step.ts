/**
 * Times our training step against PyTorch's, in turn and each in a process of its own with two threads:
 * `npm run bench:step -- [--json] [--bar 0.80] [--rounds 3] [--steps 6] [--config resnet-18@128]`.
 * Exit code 1 when a ratio is below the bar.
 */
import { parseArgs } from "node:util";
import { describeMachine } from "./machine.js";
import { type MeasuredStep, measureOurs, measureYardstick } from "./measured-step.js";
import type { StepConfig } from "./step-ours.js";
import { type StepReport, type StepRow, stepReportLines, stepRow } from "./step-report.js";
import { findYardstick, NO_YARDSTICK, type Yardstick } from "./yardstick.js";

const CONFIGS = ["resnet-18@128", "resnet-18@224", "unet-32@128"] as const satisfies readonly StepConfig[];

async function measure(
  config: StepConfig,
  yardstick: Yardstick | null,
  { rounds, steps }: { readonly rounds: number; readonly steps: number },
): Promise<StepRow> {
  const ours: MeasuredStep[] = [];
  const torch: MeasuredStep[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await measureOurs(config, steps));
    if (yardstick !== null) torch.push(await measureYardstick(yardstick, config, steps));
  }
  return stepRow(config, ours, torch);
}

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    bar: { type: "string" },
    rounds: { type: "string", default: "3" },
    steps: { type: "string", default: "6" },
    config: { type: "string", multiple: true, default: [...CONFIGS] },
  },
});
const yardstick = await findYardstick();
if (yardstick === null) process.stderr.write(`skipped: ${NO_YARDSTICK}\n`);
const rows: StepRow[] = [];
for (const config of CONFIGS.filter((name) => values.config.includes(name))) {
  rows.push(await measure(config, yardstick, { rounds: Number(values.rounds), steps: Number(values.steps) }));
}
const report: StepReport = { machine: describeMachine(), torch: yardstick?.torch ?? null, rows };
const text = values.json ? JSON.stringify(report, undefined, 2) : stepReportLines(report).join("\n");
process.stdout.write(`${text}\n`);
const slow = rows.filter(({ ratio }) => ratio !== null && ratio < Number(values.bar ?? 0));
for (const { config, ratio } of slow)
  process.stderr.write(`${config}: ratio ${ratio?.toFixed(2)} is below the bar of ${values.bar}\n`);
process.exitCode = slow.length === 0 ? 0 : 1;
