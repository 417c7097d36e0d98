import { columns } from "./columns.js";
import { type Machine, machineLine } from "./machine.js";
import type { MeasuredStep } from "./measured-step.js";
import { median } from "./median.js";

/** Ours and PyTorch's step on one network, from processes that took turns. */
export interface StepRow {
  readonly config: string;
  readonly oursMs: number;
  readonly createMs: number;
  readonly oursMemoryMb: number;
  /** The rest is `null` without PyTorch. */
  readonly torchMs: number | null;
  readonly torchMemoryMb: number | null;
  /** PyTorch's time over ours: above 1 ours is faster. */
  readonly ratio: number | null;
  /** Our memory over PyTorch's: below 1 ours is smaller. */
  readonly memoryRatio: number | null;
}

export interface StepReport {
  readonly machine: Machine;
  /** PyTorch's version; `null` where it is not there. */
  readonly torch: string | null;
  readonly rows: readonly StepRow[];
}

/** Median time, least creation time and greatest memory over all rounds. */
export function stepRow(
  config: string,
  ours: readonly MeasuredStep[],
  torch: readonly MeasuredStep[],
): StepRow {
  const time = (rounds: readonly MeasuredStep[]) => median(rounds.flatMap(({ stepsMs }) => stepsMs));
  const memory = (rounds: readonly MeasuredStep[]) =>
    Math.max(...rounds.map(({ peakMemoryMb }) => peakMemoryMb));
  const [oursMs, oursMemoryMb] = [time(ours), memory(ours)];
  const row = {
    config,
    oursMs,
    createMs: Math.min(...ours.map(({ createMs }) => createMs ?? 0)),
    oursMemoryMb,
  };
  if (torch.length === 0)
    return { ...row, torchMs: null, torchMemoryMb: null, ratio: null, memoryRatio: null };
  const [torchMs, torchMemoryMb] = [time(torch), memory(torch)];
  return {
    ...row,
    torchMs,
    torchMemoryMb,
    ratio: torchMs / oursMs,
    memoryRatio: oursMemoryMb / torchMemoryMb,
  };
}

const HEAD = [
  "step",
  "ours ms",
  "PyTorch ms",
  "ratio",
  "ours MB",
  "PyTorch MB",
  "memory ratio",
  "session ms",
];

export function stepReportLines({ machine, torch, rows }: StepReport): string[] {
  const number = (value: number | null, digits: number) => (value === null ? "-" : value.toFixed(digits));
  const cells = rows.map((row) => [
    row.config,
    number(row.oursMs, 1),
    number(row.torchMs, 1),
    number(row.ratio, 2),
    number(row.oursMemoryMb, 0),
    number(row.torchMemoryMb, 0),
    number(row.memoryRatio, 2),
    number(row.createMs, 0),
  ]);
  return [
    `${machineLine(machine)}; PyTorch ${torch ?? "not there"}`,
    ...columns([HEAD, ...cells]),
    "ratio: PyTorch's time over ours, above 1 ours is faster; memory ratio: ours over PyTorch's",
  ];
}
