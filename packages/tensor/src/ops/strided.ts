import { type Shape, sizeOf } from "../shape.js";

/**
 * Walks `shape` in row-major order while an offset moves by `steps` per axis.
 * @returns one offset per element of `shape`, the first being `start`
 */
export function stridedOffsets(shape: Shape, steps: readonly number[], start = 0): Int32Array {
  const offsets = new Int32Array(sizeOf(shape));
  const index = new Array<number>(shape.length).fill(0);
  let offset = start;
  for (let i = 0; i < offsets.length; i++) {
    offsets[i] = offset;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]! += 1;
      offset += steps[axis]!;
      if (index[axis]! < shape[axis]!) break;
      offset -= steps[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return offsets;
}

/** A shape seen from one of its axes: what is before it, its own extent, what is after it. */
export interface AxisView {
  readonly outer: number;
  readonly extent: number;
  readonly inner: number;
}

export function viewAxis(shape: Shape, axis: number): AxisView {
  return { outer: sizeOf(shape.slice(0, axis)), extent: shape[axis]!, inner: sizeOf(shape.slice(axis + 1)) };
}
