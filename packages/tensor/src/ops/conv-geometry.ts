import { ShapeError } from "../errors.js";
import { formatType, type TensorType } from "../shape.js";

/** Everything a two-dimensional convolution needs besides its numbers. */
export interface ConvGeometry {
  readonly [name: string]: number | readonly number[];
  /** [N, C, H, W] */
  readonly input: readonly number[];
  /** [O, C / groups, kh, kw] */
  readonly weight: readonly number[];
  /** rows, columns */
  readonly strides: readonly number[];
  /** top, left, bottom, right */
  readonly pads: readonly number[];
  readonly dilations: readonly number[];
  readonly groups: number;
}

export interface ConvOptions {
  /** rows, columns; default [1, 1] */
  readonly strides?: readonly [number, number];
  /** top, left, bottom, right; default none */
  readonly pads?: readonly [number, number, number, number];
  readonly dilations?: readonly [number, number];
  readonly groups?: number;
}

/** @returns [N, O, OH, OW] */
export function convOutputShape({ input, weight, strides, pads, dilations }: ConvGeometry): number[] {
  const extent = (axis: 0 | 1) => {
    const reach = dilations[axis]! * (weight[axis + 2]! - 1) + 1;
    return Math.floor((input[axis + 2]! + pads[axis]! + pads[axis + 2]! - reach) / strides[axis]!) + 1;
  };
  return [input[0]!, weight[0]!, extent(0), extent(1)];
}

/** @throws ShapeError unless input and weight fit each other and leave an output */
export function convGeometry(
  op: string,
  input: TensorType,
  weight: TensorType,
  options: ConvOptions,
): ConvGeometry {
  const groups = options.groups ?? 1;
  const got = `input ${formatType(input)}, weight ${formatType(weight)}, groups ${groups}`;
  const wrong = (wanted: string, fix: string) => new ShapeError(op, got, wanted, fix);
  if (
    input.dtype !== "float32" ||
    weight.dtype !== "float32" ||
    input.shape.length !== 4 ||
    weight.shape.length !== 4
  ) {
    throw wrong("float32 input [N, C, H, W] and weight [O, C / groups, kh, kw]", "reshape or cast them");
  }
  const channels = input.shape[1]!;
  if (channels % groups !== 0 || weight.shape[0]! % groups !== 0 || weight.shape[1] !== channels / groups) {
    throw wrong(
      `weight [O, ${channels / groups}, kh, kw] with O divisible by ${groups}`,
      "match the channels",
    );
  }
  const geometry = {
    input: input.shape,
    weight: weight.shape,
    strides: [...(options.strides ?? [1, 1])],
    pads: [...(options.pads ?? [0, 0, 0, 0])],
    dilations: [...(options.dilations ?? [1, 1])],
    groups,
  };
  if (convOutputShape(geometry).some((extent) => extent < 1)) {
    throw wrong(
      `an input at least as large as the kernel with pads [${geometry.pads.join(", ")}]`,
      "pad more or use a smaller kernel",
    );
  }
  return geometry;
}
