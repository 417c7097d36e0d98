import { GraphBuilder, type Target, type Value } from "./onnx/graph-builder.js";
import type { Program } from "./program.js";

/**
 * @param block channels per block of the CPU kernels' own layout, as the engine probed it; 0 for none
 * @returns the ONNX model of a program for one target
 */
export function lowerProgram(program: Program, target: Target, block = 0): Uint8Array {
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
  for (const [name, { node, type }] of program.outputs) g.output(name, values[node]!, type.dtype, type.shape);
  return g.encode();
}
