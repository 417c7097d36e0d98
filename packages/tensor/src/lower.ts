import { emitProgram } from "./onnx/emit-program.js";
import { GraphBuilder, type Target } from "./onnx/graph-builder.js";
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
  for (const [name, type] of program.inputs) g.input(name, type.dtype, type.shape);
  const values = emitProgram(g, program, (name) => ({ name }));
  const outputs = new Map(
    [...program.outputs].map(([name, { type }]) => [name, g.expose(values.get(name)!, type.dtype)]),
  );
  return { model: g.encode(), outputs };
}
