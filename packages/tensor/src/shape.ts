import type { DType } from "./dtype.js";
import { ShapeError } from "./errors.js";

export type Shape = readonly number[];

export interface TensorType {
  readonly shape: Shape;
  readonly dtype: DType;
}

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** @returns row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis]!;
  }
  return strides;
}

export function formatType({ shape, dtype }: TensorType): string {
  return `${dtype} [${shape.join(", ")}]`;
}

/**
 * NumPy's rule: aligned at the last axis, an extent of 1 stretches.
 * @throws ShapeError naming `op`
 */
export function broadcastShapes(op: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let axis = 1; axis <= rank; axis++) {
    const left = a[a.length - axis] ?? 1;
    const right = b[b.length - axis] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new ShapeError(
        op,
        `shapes [${a.join(", ")}] and [${b.join(", ")}]`,
        "shapes that are equal or 1 on every axis, aligned at the last",
        "reshape or expand one of them",
      );
    }
    out[rank - axis] = left === 1 ? right : left;
  }
  return out;
}

/**
 * @returns `axis` counted from 0
 * @throws ShapeError when it is outside [-rank, rank)
 */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new ShapeError(
      op,
      `axis ${axis}`,
      `an integer from ${-rank} to ${rank - 1}`,
      "count axes from 0, or back from -1",
    );
  }
  return axis < 0 ? axis + rank : axis;
}

/** @returns `axes` counted from 0, sorted; all axes where none are given. */
export function normalizeAxes(op: string, axes: readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const normal = axes.map((axis) => normalizeAxis(op, axis, rank)).sort((a, b) => a - b);
  if (new Set(normal).size !== normal.length) {
    throw new ShapeError(op, `axes [${axes.join(", ")}]`, "each axis once", "remove the repeated one");
  }
  return normal;
}

/** @throws ShapeError unless the tensor has one of the wanted dtypes. */
export function expectDType(op: string, name: string, type: TensorType, wanted: readonly DType[]): void {
  if (!wanted.includes(type.dtype)) {
    throw new ShapeError(
      op,
      `${name} ${formatType(type)}`,
      `${name} of dtype ${wanted.join(" or ")}`,
      "use cast()",
    );
  }
}
