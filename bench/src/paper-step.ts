/**
 * Times one step of Hermes on the paper's networks, 2 labelled and 2 unlabelled images of 128 x 128, in units of PyTorch's
 * ResNet-18 step at batch 8, both measured in turn: `npm run bench:paper-step -- [--json] [--bar 26.6] [--rounds 2] [--steps 3]`.
 * Exit code 1 when it takes more units than the bar, or more than 4 GB.
 */
import { parseArgs } from "node:util";
import { describeMachine, machineLine } from "./machine.js";
import { type MeasuredStep, measureOurs, measureYardstick } from "./measured-step.js";
import { stepRow } from "./step-report.js";
import { findYardstick, NO_YARDSTICK } from "./yardstick.js";

const MEMORY_BAR_MB = 4096;
const UNIT = "resnet-18@128";
const UNIT_STEPS = 6;

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    bar: { type: "string" },
    rounds: { type: "string", default: "2" },
    steps: { type: "string", default: "3" },
  },
});
const yardstick = await findYardstick();
if (yardstick === null) process.stderr.write(`skipped: ${NO_YARDSTICK}\n`);
const paper: MeasuredStep[] = [];
const unit: MeasuredStep[] = [];
for (let round = 0; round < Number(values.rounds); round++) {
  if (yardstick !== null) unit.push(await measureYardstick(yardstick, UNIT, UNIT_STEPS));
  paper.push(await measureOurs("paper-pair@128", Number(values.steps)));
}
const {
  oursMs: stepMs,
  torchMs: unitMs,
  createMs,
  oursMemoryMb: peakMemoryMb,
} = stepRow("paper-pair@128", paper, unit);
const units = unitMs === null ? null : stepMs / unitMs;
const machine = describeMachine();
const report = {
  machine,
  torch: yardstick?.torch ?? null,
  stepMs,
  unit: UNIT,
  unitMs,
  units,
  peakMemoryMb,
  createMs,
};
const lines = [
  `${machineLine(machine)}; PyTorch ${report.torch ?? "not there"}`,
  `paper pair, Hermes, 2 + 2 images of 128 x 128: ${stepMs.toFixed(0)} ms a step, ${
    units === null
      ? "no unit"
      : `${units.toFixed(1)} units of ${unitMs?.toFixed(0)} ms (PyTorch, ${UNIT}, batch 8)`
  }; peak memory ${peakMemoryMb.toFixed(0)} MB; session ${(createMs / 1000).toFixed(1)} s`,
];
process.stdout.write(`${values.json ? JSON.stringify(report, undefined, 2) : lines.join("\n")}\n`);
const tooSlow = values.bar !== undefined && units !== null && units > Number(values.bar);
const tooLarge = values.bar !== undefined && peakMemoryMb > MEMORY_BAR_MB;
if (tooSlow) process.stderr.write(`${units.toFixed(1)} units are above the bar of ${values.bar}\n`);
if (tooLarge)
  process.stderr.write(`${peakMemoryMb.toFixed(0)} MB are above the bar of ${MEMORY_BAR_MB} MB\n`);
process.exitCode = tooSlow || tooLarge ? 1 : 0;
