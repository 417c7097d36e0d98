import { type Engine, type Feeds, type HostArray, type Program, trace } from "@hermes-us/tensor";
import { z } from "zod";
import { UserError } from "../errors.js";
import { type GoldenCheck, type GoldenKind, worstRelativeError } from "./golden-check.js";
import { goldenLossChecks, type GoldenLossCase } from "./golden-loss-cases.js";
import { type GoldenRange, goldenTensor } from "./golden-tensor.js";

/** How one case of a golden file came out; values and gradients apart, since their tolerances differ. */
export interface GoldenRow {
  readonly case: string;
  readonly kind: GoldenKind;
  readonly worstRelativeError: number;
  /** The field with the worst error. */
  readonly worstField: string;
  readonly tolerance: number;
  readonly ok: boolean;
}

const tolerances: { readonly [K in GoldenKind]: number } = { values: 1e-4, gradients: 1e-3 };

const rangeSchema = z.tuple([z.array(z.int().positive()), z.number(), z.number()]);

const fileSchema = z.looseObject({
  salt: z.string(),
  cases: z.array(
    z.looseObject({
      case: z.string(),
      note: z.string().optional(),
      inputs: z.record(z.string(), rangeSchema).optional(),
      parameters: z.record(z.string(), z.array(z.int().positive())).optional(),
    }),
  ),
});

/**
 * Compares our losses, pseudo-labels, attention and ramps with a file of values from the released code. The file's
 * salt, sizes and cases may be any.
 * @param contents the JSON text
 * @throws UserError when it is not such a file
 */
export async function checkLossesGolden(contents: string, engine: Engine): Promise<readonly GoldenRow[]> {
  const { salt, cases } = parseFile(contents);
  const rows: GoldenRow[] = [];
  for (const goldenCase of cases) rows.push(...(await checkCase(salt, goldenCase, engine)));
  return rows;
}

function parseFile(contents: string) {
  try {
    return fileSchema.parse(JSON.parse(contents));
  } catch (error) {
    const got = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw UserError.of("golden file", got, "JSON with a salt and a list of cases", "check the file");
  }
}

async function checkCase(salt: string, goldenCase: GoldenLossCase, engine: Engine): Promise<GoldenRow[]> {
  const checks = goldenLossChecks(goldenCase);
  if (checks === undefined) return [unknownCase(goldenCase.case)];
  const traced = Object.fromEntries(
    checks.flatMap((check) => ("tensor" in check ? [[check.field, check.tensor] as const] : [])),
  );
  const fetched = await runOnce(trace(traced), inputRanges(goldenCase), salt, engine);
  const errors = checks.map((check) => ({
    ...check,
    error: worstRelativeError(numbersGot(check, fetched), check.wanted),
  }));
  return (["values", "gradients"] as const).flatMap((kind) => {
    const ofKind = errors.filter((entry) => entry.kind === kind);
    if (ofKind.length === 0) return [];
    const worst = ofKind.reduce((a, b) => (b.error > a.error ? b : a));
    return [rowOf(goldenCase.case, kind, worst.error, worst.field)];
  });
}

function rowOf(name: string, kind: GoldenKind, error: number, worstField: string): GoldenRow {
  const tolerance = tolerances[kind];
  return { case: name, kind, worstRelativeError: error, worstField, tolerance, ok: error <= tolerance };
}

function unknownCase(name: string): GoldenRow {
  return rowOf(name, "values", Number.POSITIVE_INFINITY, "no check is known for this case");
}

function numbersGot(check: GoldenCheck, fetched: Record<string, HostArray>): ArrayLike<number> {
  if ("got" in check) return check.got;
  const { data } = fetched[check.field]!;
  return check.read === undefined ? data : check.read(data);
}

/** @returns the inputs of a case, and its parameters under the names that its note gives them */
function inputRanges({ inputs, parameters, note }: GoldenLossCase): ReadonlyMap<string, GoldenRange> {
  const named = /uniform\((-?[\d.]+), (-?[\d.]+)\) named (\w+)\.</.exec(String(note));
  const [low, high, prefix] = named === null ? [0, 0, ""] : [Number(named[1]), Number(named[2]), named[3]];
  const shapes = z.record(z.string(), z.array(z.number())).parse(parameters ?? {});
  return new Map([
    ...Object.entries(inputs ?? {}),
    ...Object.entries(shapes).map(([name, shape]): [string, GoldenRange] => [
      `${prefix}.${name}`,
      [shape, low, high],
    ]),
  ]);
}

async function runOnce(
  program: Program,
  ranges: ReadonlyMap<string, GoldenRange>,
  salt: string,
  engine: Engine,
): Promise<Record<string, HostArray>> {
  if (program.outputs.size === 0) return {};
  const feeds: Feeds = Object.fromEntries(
    [...program.inputs.keys()].map((name) => {
      const range = ranges.get(name);
      if (range === undefined) {
        const wanted = "its shape under inputs or parameters";
        throw UserError.of("golden file", `nothing about ${name}`, wanted, "check the file");
      }
      return [name, goldenTensor(`${salt}/${name}`, range)];
    }),
  );
  await using executable = await engine.compile(program);
  return executable.run(feeds);
}
