import type { Engine } from "@hermes-us/tensor";
import {
  type CheckCase,
  checkCase,
  checkCases,
  checkOnEngine,
  ENGINE_TOLERANCE,
  REFERENCE_TOLERANCE,
  traceCase,
} from "@hermes-us/tensor/check";
import { ortNodeEngine } from "@hermes-us/tensor/ort-node";
import { checkNetwork, NETWORK_TOLERANCE } from "./network-gradients.js";

/** One column of the table: what is measured, and the largest error that passes. */
const columns = {
  output: REFERENCE_TOLERANCE,
  gradient: REFERENCE_TOLERANCE,
  second: REFERENCE_TOLERANCE,
  cpu: ENGINE_TOLERANCE,
  portable: ENGINE_TOLERANCE,
} as const;

type Column = keyof typeof columns;
/** `null` where there is nothing to compare. */
type Errors = Readonly<Record<Column, number | null>>;

const isColumn = (name: string): name is Column => name in columns;
const columnNames = Object.keys(columns).filter(isColumn);

async function errorsOf(
  sample: CheckCase,
  engines: Readonly<Record<"cpu" | "portable", Engine>>,
): Promise<Errors> {
  const traced = traceCase(sample);
  return {
    ...checkCase(sample, traced),
    cpu: await checkOnEngine(traced, engines.cpu),
    portable: await checkOnEngine(traced, engines.portable),
  };
}

function worse(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}

function isWithin(error: number | null, tolerance: number): boolean {
  return error === null || error <= tolerance;
}

function formatError(error: number | null, tolerance: number): string {
  const text = error === null ? "-" : error.toExponential(1);
  return (isWithin(error, tolerance) ? text : `${text} !`).padStart(12);
}

async function checkOps(engines: Readonly<Record<"cpu" | "portable", Engine>>): Promise<number> {
  const rows = new Map<string, { samples: number; errors: Errors }>();
  for (const sample of checkCases()) {
    const errors = await errorsOf(sample, engines);
    const row = rows.get(sample.name) ?? { samples: 0, errors };
    const merged = Object.fromEntries(
      columnNames.map((name) => [name, worse(row.errors[name], errors[name])]),
    );
    rows.set(sample.name, { samples: row.samples + 1, errors: { ...errors, ...merged } });
  }
  console.log("Worst relative error of each op; ! marks what does not pass.");
  console.log(`${"op".padEnd(26)} samples${columnNames.map((name) => name.padStart(12)).join("")}`);
  console.log(
    `${"passes up to".padEnd(34)}${columnNames.map((name) => formatError(columns[name], 1)).join("")}`,
  );
  let failures = 0;
  for (const [name, { samples, errors }] of [...rows].sort(([a], [b]) => a.localeCompare(b))) {
    const cells = columnNames.map((column) => formatError(errors[column], columns[column]));
    if (!columnNames.every((column) => isWithin(errors[column], columns[column]))) failures++;
    console.log(`${name.padEnd(26)} ${String(samples).padStart(7)}${cells.join("")}`);
  }
  return failures;
}

async function checkNetworks(engines: Readonly<Record<"cpu" | "portable", Engine>>): Promise<number> {
  let failures = 0;
  console.log(
    `\nGradients of whole networks against PyTorch; each parameter passes up to ${NETWORK_TOLERANCE}.`,
  );
  for (const network of ["resnet-18", "unet-32"] as const) {
    for (const target of ["cpu", "portable"] as const) {
      const { loss, worst } = await checkNetwork(network, engines[target]);
      if (!isWithin(worst.error, NETWORK_TOLERANCE) || !isWithin(loss, ENGINE_TOLERANCE)) failures++;
      const cells = [formatError(loss, ENGINE_TOLERANCE), formatError(worst.error, NETWORK_TOLERANCE)];
      console.log(
        `${network.padEnd(12)}${target.padEnd(10)}loss ${cells[0]}   worst gradient ${cells[1]} (${worst.parameter})`,
      );
    }
  }
  return failures;
}

async function main(): Promise<void> {
  await using cpu = await ortNodeEngine({ target: "cpu" });
  await using portable = await ortNodeEngine({ target: "portable" });
  const failures = (await checkOps({ cpu, portable })) + (await checkNetworks({ cpu, portable }));
  console.log(failures === 0 ? "\nAll within bounds." : `\n${failures} out of bounds.`);
  process.exitCode = failures === 0 ? 0 : 1;
}

await main();
