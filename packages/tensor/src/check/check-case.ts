import type { NdArray } from "../op.js";
import { evaluate } from "../engines/reference.js";
import type { CheckCase } from "./cases.js";
import { centralDifferences } from "./central-differences.js";
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

/** Checks one case without any engine but the reference. */
export function checkCase(checkCase: CheckCase, traced: TracedCase): CaseErrors {
  const results = evaluate(traced.first, feedsOf(traced.first, traced.feeds));
  return {
    output: relativeError(results["out"]!.data, checkCase.reference(checkCase.inputs)),
    gradient: traced.second === null ? null : gradientError(checkCase, traced, results),
    second: traced.second === null ? null : secondError(traced),
  };
}

function gradientError(checkCase: CheckCase, traced: TracedCase, results: Record<string, NdArray>): number {
  const cotangent = traced.feeds["cotangent"]!.data;
  const loss = (inputs: readonly NdArray[]) =>
    checkCase.reference(inputs).reduce((sum, value, i) => sum + value * cotangent[i]!, 0);
  const errors = traced.variables.map((name) => {
    const slot = Number(name.slice(1));
    return relativeError(results[`gradient.${name}`]!.data, centralDifferences(loss, checkCase.inputs, slot));
  });
  return Math.max(...errors);
}

function secondError({ second, feeds, variables }: TracedCase): number {
  const program = second!;
  const names = [...variables, "cotangent"];
  const results = evaluate(program, feedsOf(program, feeds));
  const loss = (inputs: readonly NdArray[]) => {
    const varied = { ...feeds, ...Object.fromEntries(names.map((name, i) => [name, inputs[i]!])) };
    return evaluate(program, feedsOf(program, varied))["loss"]!.data[0]!;
  };
  const inputs = names.map((name) => feeds[name]!);
  const errors = names.map((name, slot) =>
    relativeError(results[`gradient.${name}`]!.data, centralDifferences(loss, inputs, slot)),
  );
  return Math.max(...errors);
}
