/**
 * Checks golden files: `npm run golden -- FILE… [--weights FILE]`. One line per case with its worst relative error; exit
 * code 1 when a case is off, 2 for a file that cannot be checked.
 */
import { parseArgs } from "node:util";
import { UserError } from "@hermes-us/hermes";
import { checkGoldenFile, type GoldenRow } from "@hermes-us/hermes/node";
import { ortNodeEngine } from "@hermes-us/tensor/ort-node";

function lineOf({ case: name, kind, worstRelativeError, worstField, tolerance, ok }: GoldenRow): string {
  const error = worstRelativeError.toExponential(2);
  return `${name.padEnd(40)} ${kind.padEnd(10)} ${error.padStart(9)} (limit ${tolerance})  ${ok ? "ok" : `FAIL at ${worstField}`}`;
}

/** @returns how many cases were off */
async function check(paths: readonly string[], weights: string | undefined): Promise<number> {
  await using engine = await ortNodeEngine();
  let failures = 0;
  for (const path of paths) {
    process.stdout.write(`${path}\n`);
    for (const row of await checkGoldenFile(path, engine, weights)) {
      process.stdout.write(`  ${lineOf(row)}\n`);
      if (!row.ok) failures++;
    }
  }
  return failures;
}

try {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { weights: { type: "string" } },
  });
  if (positionals.length === 0) {
    throw UserError.of("npm run golden", "no file", "one or more golden files", "npm run golden -- FILE…");
  }
  process.exitCode = (await check(positionals, values.weights)) === 0 ? 0 : 1;
} catch (error) {
  const isUsage = error instanceof UserError || (error instanceof TypeError && "code" in error);
  if (!isUsage) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
