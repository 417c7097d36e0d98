/**
 * Times single layers of the yardstick's networks, ours and PyTorch's, with two threads:
 * `npm run bench:ops -- [--json] [--only conv]`. An update of ours includes the gradient's way out of the graph.
 */
import { parseArgs } from "node:util";
import { ortNodeEngine } from "@hermes-us/tensor/ort-node";
import { outputOf } from "./child-process.js";
import { columns } from "./columns.js";
import { describeMachine, machineLine } from "./machine.js";
import { gigaflop, type OpCase, opCases, type OpPart, partsOf } from "./ops-cases.js";
import { timeOurs } from "./ops-ours.js";
import { findYardstick, NO_YARDSTICK, type Yardstick } from "./yardstick.js";

interface OpRow {
  readonly name: string;
  readonly part: OpPart;
  readonly oursMs: number;
  /** `null` without PyTorch. */
  readonly torchMs: number | null;
  /** Billions of multiplications and additions; `null` except for convolutions. */
  readonly gigaflop: number | null;
}

async function torchTimes(
  { python, folder }: Yardstick,
  one: OpCase,
): Promise<Partial<Record<OpPart, number>>> {
  const times: Record<string, Partial<Record<OpPart, number>>> = JSON.parse(
    await outputOf(python, [`${folder}/torch_ops.py`], JSON.stringify([one])),
  );
  return times[one.name] ?? {};
}

async function measure(one: OpCase, yardstick: Yardstick | null): Promise<OpRow[]> {
  const torch = yardstick === null ? {} : await torchTimes(yardstick, one);
  const rows: OpRow[] = [];
  await using engine = await ortNodeEngine({ threads: 2 });
  for (const part of partsOf(one)) {
    const oursMs = await timeOurs(engine, one, part);
    rows.push({ name: one.name, part, oursMs, torchMs: torch[part] ?? null, gigaflop: gigaflop(one) });
  }
  return rows;
}

function cells({ name, part, oursMs, torchMs, gigaflop: work }: OpRow): string[] {
  const rate = (ms: number | null) => (ms === null || work === null ? "-" : ((1000 * work) / ms).toFixed(0));
  return [
    name,
    part,
    oursMs.toFixed(2),
    torchMs?.toFixed(2) ?? "-",
    torchMs === null ? "-" : (torchMs / oursMs).toFixed(2),
    rate(oursMs),
    rate(torchMs),
  ];
}

const HEAD = ["layer", "part", "ours ms", "PyTorch ms", "ratio", "ours GFLOP/s", "PyTorch GFLOP/s"];

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, only: { type: "string", default: "" } },
});
const yardstick = await findYardstick();
if (yardstick === null) process.stderr.write(`skipped: ${NO_YARDSTICK}\n`);
const rows: OpRow[] = [];
for (const one of opCases.filter(({ name }) => name.includes(values.only)))
  rows.push(...(await measure(one, yardstick)));
const machine = describeMachine();
const torch = yardstick?.torch ?? null;
const text = values.json
  ? JSON.stringify({ machine, torch, rows }, undefined, 2)
  : [`${machineLine(machine)}; PyTorch ${torch ?? "not there"}`, ...columns([HEAD, ...rows.map(cells)])].join(
      "\n",
    );
process.stdout.write(`${text}\n`);
