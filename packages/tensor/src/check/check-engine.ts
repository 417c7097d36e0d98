import { allocate, type HostArray } from "../dtype.js";
import type { Engine } from "../engine.js";
import { evaluate } from "../engines/reference.js";
import type { SampleTensor } from "../ops/samples.js";
import { relativeError } from "./relative-error.js";
import { feedsOf, type TracedCase } from "./traced-case.js";

/** The largest error that passes on an engine, in float32. */
export const ENGINE_TOLERANCE = 1e-4;

function toHost({ dtype, shape, data }: SampleTensor): HostArray {
  const host = allocate(dtype, data.length);
  host.set(data);
  return { dtype, shape, data: host };
}

/** @returns the worst relative error of a case's output and gradients on `engine` against the float64 reference */
export async function checkOnEngine({ first, feeds }: TracedCase, engine: Engine): Promise<number> {
  const wanted = evaluate(first, feedsOf(first, feeds));
  await using executable = await engine.compile(first);
  const used = Object.entries(feedsOf(first, feeds));
  const got = await executable.run(Object.fromEntries(used.map(([name, sample]) => [name, toHost(sample)])));
  return Math.max(...Object.entries(wanted).map(([name, { data }]) => relativeError(got[name]!.data, data)));
}
