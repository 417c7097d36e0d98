import { GraphBuilder, type Target, type Value } from "./onnx/graph-builder.js";
import type { Program } from "./program.js";

/** A program as an ONNX model. */
export interface LoweredProgram {
  readonly model: Uint8Array;
  /**
   * Name in the model of each output of the program. Two may share one, and the model's may have another shape of the
   * same elements in the same order: views are not copied.
   */
  readonly outputs: ReadonlyMap<string, string>;
}

/**
 * @param block channels per block of the CPU kernels' own layout, as the engine probed it; 0 for none
 * @returns the ONNX model of a program for one target
 */
export function lowerProgram(program: Program, target: Target, block = 0): LoweredProgram {
  const g = new GraphBuilder(target, block);
  const values: Value[] = [];
  for (const [name, type] of program.inputs) g.input(name, type.dtype, type.shape);
  for (const { op, inputs, attributes, type } of program.nodes) {
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
  const outputs = new Map(
    [...program.outputs].map(([name, { node, type }]) => [name, g.expose(values[node]!, type.dtype)]),
  );
  return { model: g.encode(), outputs };
}
