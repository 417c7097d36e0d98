import type { Program } from "../program.js";
import type { TensorType } from "../shape.js";
import type { GraphBuilder, Value } from "./graph-builder.js";

/** Supplies the value that an input of the program stands for: a graph input, a constant, or something computed. */
export type GivenInput = (name: string, type: TensorType) => Value;

/**
 * Emits a program into a graph that may hold other nodes before it and get others after it.
 * @returns the value of each output of the program; its shape in the graph is the program's
 */
export function emitProgram(
  g: GraphBuilder,
  program: Program,
  given: GivenInput,
): ReadonlyMap<string, Value> {
  const values: Value[] = [];
  for (const { op, inputs, attributes, type } of program.nodes) {
    const name = attributes["name"];
    if (op.name === "input" && typeof name === "string") {
      values.push(given(name, type));
      continue;
    }
    values.push(
      op.lower({
        g,
        inputs: inputs.map((input) => values[input]!),
        inputTypes: inputs.map((input) => program.nodes[input]!.type),
        type,
        attributes,
      }),
    );
  }
  return new Map([...program.outputs].map(([name, { node }]) => [name, values[node]!]));
}
