import { gradientsOf } from "../autodiff.js";
import type { NdArray } from "../op.js";
import { add, multiply } from "../ops/arithmetic.js";
import { square } from "../ops/elementwise.js";
import { constant, input } from "../ops/leaf.js";
import { sum } from "../ops/reduce.js";
import { SampleMaker, type SampleTensor } from "../ops/samples.js";
import { type Program, trace } from "../program.js";
import type { CheckCase } from "./cases.js";

/** A case as programs whose inputs are `x0`, `x1`, ... and `cotangent`. */
export interface TracedCase {
  /** The case's inputs by name, with the cotangent where there is a gradient. */
  readonly feeds: Readonly<Record<string, SampleTensor>>;
  /** Float inputs in order: what the gradients are with respect to. */
  readonly variables: readonly string[];
  /** Outputs `out`, and `gradient.<variable>` of sum(out * cotangent). */
  readonly first: Program;
  /** Output `loss`, the sum of the squared gradients, and its `gradient.<name>` with respect to variables and cotangent. */
  readonly second: Program | null;
}

export function traceCase(checkCase: CheckCase): TracedCase {
  const named = checkCase.inputs.map((sample, i) => [`x${i}`, sample] as const);
  const tensors = named.map(([name, { shape, dtype }]) => input(name, shape, dtype));
  const out = checkCase.build(tensors);
  const variables = named.filter(([, { dtype }]) => dtype === "float32").map(([name]) => name);
  const feeds = Object.fromEntries(named);
  if (out.dtype !== "float32" || variables.length === 0) {
    return { feeds, variables: [], first: trace({ out }), second: null };
  }
  const wrt = tensors.filter(({ dtype }) => dtype === "float32");
  const cotangent = input("cotangent", out.shape);
  const gradients = gradientsOf(sum(multiply(out, cotangent)), wrt);
  const loss = gradients.reduce((total, gradient) => add(total, sum(square(gradient))), constant(0));
  const seconds = gradientsOf(loss, [...wrt, cotangent]);
  return {
    feeds: { ...feeds, cotangent: new SampleMaker(99).uniform(out.shape) },
    variables,
    first: trace({ out, ...nameGradients(variables, gradients) }),
    second: trace({ loss, ...nameGradients([...variables, "cotangent"], seconds) }),
  };
}

function nameGradients<T>(names: readonly string[], gradients: readonly T[]): Record<string, T> {
  return Object.fromEntries(names.map((name, i) => [`gradient.${name}`, gradients[i]!]));
}

/** @returns the values that `program` asks for, and no others */
export function feedsOf<T extends NdArray>(
  program: Program,
  feeds: Readonly<Record<string, T>>,
): Record<string, T> {
  return Object.fromEntries([...program.inputs.keys()].map((name) => [name, feeds[name]!]));
}
