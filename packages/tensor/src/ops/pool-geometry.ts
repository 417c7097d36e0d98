import { ShapeError } from "../errors.js";
import { formatType, type TensorType } from "../shape.js";

export interface PoolGeometry {
  readonly [name: string]: readonly number[];
  /** [N, C, H, W] */
  readonly input: readonly number[];
  /** rows, columns */
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  /** top, left, bottom, right */
  readonly pads: readonly number[];
}

export interface PoolOptions {
  /** rows, columns */
  readonly kernel: readonly [number, number];
  /** Default: the kernel. */
  readonly strides?: readonly [number, number];
  /** top, left, bottom, right; default none */
  readonly pads?: readonly [number, number, number, number];
}

/** @returns [N, C, OH, OW] */
export function poolOutputShape({ input, kernel, strides, pads }: PoolGeometry): number[] {
  const extent = (axis: 0 | 1) =>
    Math.floor((input[axis + 2]! + pads[axis]! + pads[axis + 2]! - kernel[axis]!) / strides[axis]!) + 1;
  return [input[0]!, input[1]!, extent(0), extent(1)];
}

/** @throws ShapeError unless every window holds at least one element */
export function poolGeometry(op: string, x: TensorType, options: PoolOptions): PoolGeometry {
  const pads = [...(options.pads ?? [0, 0, 0, 0])];
  const geometry = {
    input: x.shape,
    kernel: [...options.kernel],
    strides: [...(options.strides ?? options.kernel)],
    pads,
  };
  const fits = x.dtype === "float32" && x.shape.length === 4;
  if (
    !fits ||
    pads.some((pad, side) => pad >= options.kernel[side % 2]!) ||
    poolOutputShape(geometry).some((extent) => extent < 1)
  ) {
    throw new ShapeError(
      op,
      `${formatType(x)}, kernel [${options.kernel.join(", ")}], pads [${pads.join(", ")}]`,
      "float32 [N, C, H, W] at least as large as the kernel, pads smaller than it",
      "change the kernel or the pads",
    );
  }
  return geometry;
}
