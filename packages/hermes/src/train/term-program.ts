import {
  add,
  constant,
  type Engine,
  type Feeds,
  gradientsOf,
  type HostArray,
  type Program,
  sumSquares,
  type Tensor,
  trace,
} from "@hermes-us/tensor";
import type { MethodProgram, Task } from "./training-program.js";
import { taskOf } from "./training-program.js";

/** What one term of the objective is, weighted, and how far it would move each task's network. */
export interface TermReading {
  readonly loss: number;
  /** Sum of squares of the gradients of all trained parameters. */
  readonly squares: Readonly<Record<Task, number>>;
}

/** Traces one term with its own gradients, apart from the other terms. */
function termProgram({ weightedTerms, declarations, training }: MethodProgram, name: string): Program {
  const loss = weightedTerms.get(name)!;
  const parameters = training.plan.trained.flatMap((group) => group.parameters);
  const gradients = gradientsOf(
    loss,
    parameters.map((parameter) => declarations.tensors.get(parameter)!),
  );
  const squares = (task: Task) =>
    parameters.reduce<Tensor>(
      (sum, parameter, i) => (taskOf(parameter) === task ? add(sum, sumSquares(gradients[i]!)) : sum),
      constant(0),
    );
  return trace({ loss, segmentation: squares("segmentation"), classification: squares("classification") });
}

/**
 * Runs every term of a step apart. Slow: for tests, and to find which term broke a run.
 * @param values state, feeds and numbers of the step; what a term does not take is left out
 * @returns readings by the name of the term
 */
export async function readTerms(
  engine: Pick<Engine, "compile">,
  program: MethodProgram,
  values: Feeds,
): Promise<ReadonlyMap<string, TermReading>> {
  const readings = new Map<string, TermReading>();
  for (const name of program.weightedTerms.keys()) {
    await using executable = await engine.compile(termProgram(program, name));
    const own = [...executable.program.inputs.keys()].map((input) => [input, values[input]!] as const);
    const result = await executable.run(Object.fromEntries(own));
    const at = (output: string) => result[output]!.data[0]!;
    readings.set(name, {
      loss: at("loss"),
      squares: { segmentation: at("segmentation"), classification: at("classification") },
    });
  }
  return readings;
}

/** @returns numbers of a step as scalars to feed */
export function scalarFeeds(numbers: Readonly<Record<string, number>>): Record<string, HostArray> {
  return Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => [
      name,
      { dtype: "float32" as const, shape: [], data: Float32Array.of(value) },
    ]),
  );
}
