import { constant, type Shape, type Tensor } from "@hermes-us/tensor";
import { key } from "../random.js";

/** Numbers for tests, the same for one name: uniform in [low, high). */
export function randomNumbers(name: string, length: number, low = -1, high = 1): number[] {
  const stream = key(name).stream();
  return Array.from({ length }, () => low + (high - low) * stream.uniform());
}

/** A constant of uniform numbers, the same for one name. */
export function randomTensor(name: string, shape: Shape, low = -1, high = 1): Tensor {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return constant(randomNumbers(name, size, low, high), shape);
}

/** A constant of whole numbers in [0, below), the same for one name. */
export function randomLabels(name: string, shape: Shape, below: number): Tensor {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return constant(randomNumbers(name, size, 0, below).map(Math.floor), shape, "int32");
}
