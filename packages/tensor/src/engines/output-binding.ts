import { allocate, carries, type HostArray, type HostData } from "../dtype.js";
import { EngineError } from "../errors.js";
import { type LoweredProgram, lowerProgram } from "../lower.js";
import type { Target } from "../onnx/graph-builder.js";
import type { Program } from "../program.js";
import { formatType, type TensorType } from "../shape.js";

/** Which value of the model an output of the program is, and its type in the program. Plain data. */
export interface OutputBinding {
  readonly name: string;
  readonly value: string;
  readonly type: TensorType;
}

export interface BoundModel {
  readonly model: Uint8Array;
  readonly outputs: readonly OutputBinding[];
}

/** Lowers a program and says where in the model each of its outputs is. */
export function bindModel(program: Program, target: Target, block = 0): BoundModel {
  const { model, outputs }: LoweredProgram = lowerProgram(program, target, block);
  const bound = [...program.outputs].map(([name, { type }]) => ({ name, value: outputs.get(name)!, type }));
  return { model, outputs: bound };
}

/**
 * @param data what ONNX Runtime returned for the binding's value
 * @returns the output in the program's shape; the same memory
 * @throws EngineError when the elements have another type than the program says
 */
export function readOutput({ name, type }: OutputBinding, data: unknown): HostArray {
  if (isHostData(data) && carries(type.dtype, data)) return { ...type, data };
  throw new EngineError(
    `output ${name}`,
    `elements of another type than ${allocate(type.dtype, 0).constructor.name}`,
    formatType(type),
    "cast the output",
  );
}

/** A tensor as ONNX Runtime returns it. */
interface RuntimeTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
}

/**
 * Reads an output whose shape is known from the run alone.
 * @throws EngineError when its elements are of a type that traced tensors do not have
 */
export function readDynamicOutput(name: string, { type, dims, data }: RuntimeTensor): HostArray {
  const dtype = (["float32", "int32", "bool", "uint8"] as const).find((known) => known === type);
  if (dtype !== undefined && isHostData(data)) return { dtype, shape: [...dims], data };
  throw new EngineError(
    `output ${name}`,
    `elements of type ${type}`,
    "float32, int32, bool or uint8",
    "cast it",
  );
}

function isHostData(data: unknown): data is HostData {
  return data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint8Array;
}
