import { relativeError } from "../check/relative-error.js";
import type { HostArray } from "../dtype.js";
import type { Engine } from "../engine.js";
import { referenceEngine } from "../engines/reference.js";
import { SampleMaker } from "../ops/samples.js";
import { trace } from "../program.js";
import type { Tensor } from "../tensor.js";

/** Uniform numbers in [-1, 1] for every float32 input of a program. */
export function uniformFeeds(inputs: ReadonlyMap<string, { readonly shape: readonly number[] }>) {
  const make = new SampleMaker(7);
  return Object.fromEntries(
    [...inputs].map(([name, { shape }]) => {
      const data = Float32Array.from(make.uniform(shape).data);
      return [name, { dtype: "float32", shape, data } satisfies HostArray];
    }),
  );
}

/** @returns the relative error of each output on `engine` against the float64 reference */
export async function errorsOn(
  engine: Engine,
  outputs: Readonly<Record<string, Tensor>>,
  feeds?: Readonly<Record<string, HostArray>>,
): Promise<Record<string, number>> {
  const program = trace(outputs);
  const given = feeds ?? uniformFeeds(program.inputs);
  await using reference = await referenceEngine().compile(program);
  await using tested = await engine.compile(program);
  const [wanted, got] = [await reference.run(given), await tested.run(given)];
  return Object.fromEntries(
    Object.keys(wanted).map((name) => [name, relativeError(got[name]!.data, wanted[name]!.data)]),
  );
}
