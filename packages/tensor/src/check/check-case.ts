import { evaluate } from "../engines/reference.js";
import type { NdArray } from "../op.js";
import type { CheckCase } from "./cases.js";
import { errorAgainstDifferences } from "./central-differences.js";
import { relativeError } from "./relative-error.js";
import { feedsOf, type TracedCase } from "./traced-case.js";

/** Relative errors of one case; `null` where there is nothing to differentiate. */
export interface CaseErrors {
  /** The traced program on the reference engine against the reference. */
  readonly output: number;
  /** First derivatives against central differences of the reference. */
  readonly gradient: number | null;
  /** Derivatives of the sum of squared gradients against central differences of that sum. */
  readonly second: number | null;
}

/** The largest error that passes, in float64; constants of a program are float32, which alone costs up to 6e-8. */
export const REFERENCE_TOLERANCE = 1e-6;

/** Larger cases are there for the engines' lowerings; second derivatives are the same ops at any size. */
const SECOND_ORDER_ELEMENTS = 2_500;

/** Checks one case without any engine but the reference. */
export function checkCase(checkCase: CheckCase, traced: TracedCase): CaseErrors {
  const results = evaluate(traced.first, feedsOf(traced.first, traced.feeds));
  const output = relativeError(results.out!.data, checkCase.reference(checkCase.inputs));
  const { second, variables, feeds } = traced;
  if (second === null) return { output, gradient: null, second: null };
  const elements = variables.reduce((sum, name) => sum + feeds[name]!.data.length, 0);
  return {
    output,
    gradient: gradientError(checkCase, traced, results),
    second: elements > SECOND_ORDER_ELEMENTS ? null : secondError({ ...traced, second }),
  };
}

function gradientError(
  checkCase: CheckCase,
  traced: TracedCase,
  results: Readonly<Record<string, NdArray>>,
): number {
  const { variables, feeds } = traced;
  const cotangent = feeds.cotangent!.data;
  return errorAgainstDifferences({
    f(values) {
      const varied = new Map(variables.map((name, i) => [name, values[i]!]));
      const inputs = checkCase.inputs.map((sample, i) => varied.get(`x${i}`) ?? sample);
      return checkCase.reference(inputs).reduce((sum, value, i) => sum + value * cotangent[i]!, 0);
    },
    variables: variables.map((name) => feeds[name]!),
    gradients: variables.map((name) => results[`gradient.${name}`]!),
  });
}

function secondError({
  second,
  feeds,
  variables,
}: TracedCase & { readonly second: NonNullable<TracedCase["second"]> }): number {
  const names = [...variables, "cotangent"];
  const results = evaluate(second, feedsOf(second, feeds));
  return errorAgainstDifferences({
    f(values) {
      const varied = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
      return evaluate(second, feedsOf<NdArray>(second, { ...feeds, ...varied })).loss!.data[0]!;
    },
    variables: names.map((name) => feeds[name]!),
    gradients: names.map((name) => results[`gradient.${name}`]!),
  });
}
