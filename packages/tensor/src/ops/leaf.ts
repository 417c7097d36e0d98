import type { DType } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { defineOp } from "../op.js";
import { sizeOf, type Shape, type TensorType } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { broadcastTo } from "./broadcast.js";
import { SampleMaker } from "./samples.js";

const inputOp = defineOp<{ name: string; dtype: DType; shape: readonly number[] }>({
  name: "input",
  infer: (_, { dtype, shape }) => ({ dtype, shape }),
  lower: ({ attributes }) => ({ name: attributes.name }),
  vjp: () => [],
  reference: (_, { name }) => {
    throw new Error(`input ${name} has no value of its own`);
  },
  samples: () => [],
});

/** A value that is fed at every run under `name`. */
export function input(name: string, shape: Shape, dtype: DType = "float32"): Tensor {
  if (name === "") throw new ShapeError("input", "an empty name", "a name", "name the feed");
  return inputOp.apply([], { name, dtype, shape });
}

const constantOp = defineOp<{ dtype: DType; shape: readonly number[]; data: Float64Array }>({
  name: "constant",
  infer: (_, { dtype, shape }) => ({ dtype, shape }),
  lower: ({ g, type, attributes: { data } }) => {
    switch (type.dtype) {
      case "float32":
        return g.constant("float32", type.shape, Float32Array.from(data));
      case "int32":
        return g.constant("int32", type.shape, Int32Array.from(data));
      case "bool":
      case "uint8":
        return g.constant(type.dtype, type.shape, Uint8Array.from(data));
      default:
        return type.dtype satisfies never;
    }
  },
  vjp: () => [],
  reference: (_, { data }) => data,
  samples: () => [],
});

/**
 * Numbers that are part of the program.
 * @throws ShapeError when `shape` does not hold as many values as given
 */
export function constant(
  values: number | ArrayLike<number>,
  shape?: Shape,
  dtype: DType = "float32",
): Tensor {
  const data = typeof values === "number" ? Float64Array.of(values) : Float64Array.from(values);
  const wanted = shape ?? (typeof values === "number" ? [] : [data.length]);
  if (sizeOf(wanted) !== data.length) {
    throw new ShapeError(
      "constant",
      `${data.length} values for shape [${wanted.join(", ")}]`,
      `${sizeOf(wanted)} values`,
      "correct the shape",
    );
  }
  if (dtype === "float32") for (let i = 0; i < data.length; i++) data[i] = Math.fround(data[i]!);
  return constantOp.apply([], { dtype, shape: wanted, data });
}

/** @returns the numbers of a constant tensor, or nothing where it is computed. */
export function constantValue(tensor: Tensor): Float64Array | undefined {
  return tensor.op === constantOp ? (tensor.attributes["data"] as Float64Array) : undefined;
}

const samples = () => [{ inputs: [new SampleMaker(1).uniform([2, 3])], attributes: {} }];

const aliasOp = defineOp<Record<string, never>>({
  name: "alias",
  infer: ([x]) => x!,
  lower: ({ inputs }) => inputs[0]!,
  vjp: ({ cotangent }) => [cotangent],
  reference: ([x]) => x!.data,
  samples,
});

/** The same value under a new identity, so that it can be differentiated against alone. */
export function alias(x: Tensor): Tensor {
  return aliasOp.apply([x], {});
}

const stopGradientOp = defineOp<Record<string, never>>({
  name: "stop-gradient",
  infer: ([x]) => x!,
  lower: ({ inputs }) => inputs[0]!,
  vjp: () => [null],
  reference: ([x]) => x!.data,
  samples: () => [],
});

/** The same value; nothing flows back through it. */
export function stopGradient(x: Tensor): Tensor {
  return stopGradientOp.apply([x], {});
}

/** @returns whether the op hands its only input on unchanged. */
export function isPassThrough(tensor: Tensor): boolean {
  return tensor.op === aliasOp || tensor.op === stopGradientOp;
}

/** @returns whether the tensor is fed or typed in, so that it has no inputs to fold. */
export function isLeaf(tensor: Tensor): boolean {
  return tensor.op === inputOp || tensor.op === constantOp;
}

export function isInput(tensor: Tensor): boolean {
  return tensor.op === inputOp;
}

export function zerosLike(type: TensorType): Tensor {
  return broadcastTo(constant(0), type.shape);
}

export function onesLike(type: TensorType): Tensor {
  return broadcastTo(constant(1), type.shape);
}

/** @returns `value` as a tensor: numbers become float32 scalars. */
export function asTensor(value: Tensor | number): Tensor {
  return typeof value === "number" ? constant(value) : value;
}
