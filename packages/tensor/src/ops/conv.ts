import { ShapeError } from "../errors.js";
import { emitConv, emitInputGradient, emitWeightGradient } from "../onnx/lower-conv.js";
import { type DefinedOp, defineOp, type NdArray } from "../op.js";
import { formatType, sameShape, sizeOf, type TensorType } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { type ConvGeometry, type ConvOptions, convGeometry, convOutputShape } from "./conv-geometry.js";
import { SampleMaker } from "./samples.js";

/** Calls `visit` with the offsets of every input, weight and output element that meet in one product. */
function forEachProduct(
  geometry: ConvGeometry,
  visit: (input: number, weight: number, output: number) => void,
): void {
  const [n, c, h, w] = geometry.input as [number, number, number, number];
  const [o, perGroup, kh, kw] = geometry.weight as [number, number, number, number];
  const [, , oh, ow] = convOutputShape(geometry) as [number, number, number, number];
  const { strides, pads, dilations, groups } = geometry;
  const outPerGroup = o / groups;
  for (let item = 0; item < n; item++)
    for (let oc = 0; oc < o; oc++)
      for (let ic = 0; ic < perGroup; ic++) {
        const channel = Math.floor(oc / outPerGroup) * perGroup + ic;
        for (let ky = 0; ky < kh; ky++)
          for (let kx = 0; kx < kw; kx++) {
            const weight = ((oc * perGroup + ic) * kh + ky) * kw + kx;
            for (let y = 0; y < oh; y++) {
              const row = y * strides[0]! + ky * dilations[0]! - pads[0]!;
              if (row < 0 || row >= h) continue;
              for (let x = 0; x < ow; x++) {
                const column = x * strides[1]! + kx * dilations[1]! - pads[1]!;
                if (column < 0 || column >= w) continue;
                visit(
                  ((item * c + channel) * h + row) * w + column,
                  weight,
                  ((item * o + oc) * oh + y) * ow + x,
                );
              }
            }
          }
      }
}

function expectShapes(op: string, types: readonly [TensorType, readonly number[]][]): void {
  for (const [type, shape] of types) {
    if (type.dtype !== "float32" || !sameShape(type.shape, shape)) {
      throw new ShapeError(
        op,
        formatType(type),
        `float32 [${shape.join(", ")}]`,
        "match the convolution's geometry",
      );
    }
  }
}

function geometrySamples(): ConvGeometry[] {
  const base = { strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1], groups: 1 };
  return [
    { ...base, input: [2, 3, 5, 6], weight: [4, 3, 3, 3] },
    { ...base, input: [2, 16, 13, 12], weight: [32, 16, 3, 3] },
    { ...base, input: [1, 32, 16, 16], weight: [16, 32, 3, 3] },
    { ...base, input: [2, 16, 17, 15], weight: [16, 16, 3, 3], strides: [2, 2] },
    {
      ...base,
      input: [1, 2, 6, 7],
      weight: [3, 2, 3, 2],
      strides: [2, 1],
      pads: [0, 1, 2, 0],
      dilations: [1, 2],
    },
    { ...base, input: [2, 3, 12, 12], weight: [16, 3, 7, 7], strides: [2, 2], pads: [3, 3, 3, 3] },
    { ...base, input: [2, 16, 14, 14], weight: [32, 16, 1, 1], pads: [0, 0, 0, 0] },
    { ...base, input: [2, 32, 4, 4], weight: [16, 32, 3, 3] },
    { ...base, input: [2, 16, 7, 7], weight: [16, 16, 3, 3] },
    { ...base, input: [1, 16, 18, 18], weight: [16, 16, 3, 3] },
    { ...base, input: [2, 16, 8, 8], weight: [16, 16, 1, 1], pads: [0, 0, 0, 0], strides: [2, 2] },
    { ...base, input: [2, 16, 9, 8], weight: [16, 1, 3, 3], groups: 16 },
    { ...base, input: [2, 16, 9, 8], weight: [16, 1, 3, 3], groups: 16, strides: [2, 2] },
    { ...base, input: [1, 16, 8, 8], weight: [16, 1, 3, 3], groups: 16, strides: [2, 2], pads: [0, 0, 1, 1] },
    { ...base, input: [1, 6, 7, 5], weight: [4, 3, 3, 3], groups: 2 },
  ];
}

const convOp: DefinedOp<ConvGeometry> = defineOp<ConvGeometry>({
  name: "conv2d",
  infer: (_, geometry) => ({ dtype: "float32", shape: convOutputShape(geometry) }),
  lower: ({ g, inputs: [x, w], attributes }) => emitConv(g, x!, w!, attributes),
  vjp: ({ cotangent, inputs: [x, w], attributes }) => [
    inputGradientOp.apply([cotangent, w!], attributes),
    weightGradientOp.apply([x!, cotangent], attributes),
  ],
  reference([x, w], geometry, type) {
    const out = new Float64Array(sizeOf(type.shape));
    forEachProduct(geometry, (i, k, o) => {
      out[o]! += x!.data[i]! * w!.data[k]!;
    });
    return out;
  },
  samples: () => {
    const make = new SampleMaker(30);
    return geometrySamples().map((attributes) => ({
      inputs: [make.uniform(attributes.input), make.uniform(attributes.weight)],
      attributes,
    }));
  },
});

const inputGradientOp: DefinedOp<ConvGeometry> = defineOp<ConvGeometry>({
  name: "conv2d-input-gradient",
  infer([dy, w], geometry) {
    expectShapes("convTranspose2d", [
      [dy!, convOutputShape(geometry)],
      [w!, geometry.weight],
    ]);
    return { dtype: "float32", shape: geometry.input };
  },
  lower: ({ g, inputs: [dy, w], attributes }) => emitInputGradient(g, dy!, w!, attributes),
  vjp: ({ cotangent, inputs: [dy, w], attributes }) => [
    convOp.apply([cotangent, w!], attributes),
    weightGradientOp.apply([cotangent, dy!], attributes),
  ],
  reference([dy, w], geometry) {
    const out = new Float64Array(sizeOf(geometry.input));
    forEachProduct(geometry, (i, k, o) => {
      out[i]! += dy!.data[o]! * w!.data[k]!;
    });
    return out;
  },
  samples: () => {
    const make = new SampleMaker(31);
    return geometrySamples().map((attributes) => ({
      inputs: [make.uniform(convOutputShape(attributes)), make.uniform(attributes.weight)],
      attributes,
    }));
  },
});

const weightGradientOp: DefinedOp<ConvGeometry> = defineOp<ConvGeometry>({
  name: "conv2d-weight-gradient",
  infer: (_, geometry) => ({ dtype: "float32", shape: geometry.weight }),
  lower: ({ g, inputs: [x, dy], attributes }) => emitWeightGradient(g, x!, dy!, attributes),
  vjp: ({ cotangent, inputs: [x, dy], attributes }) => [
    inputGradientOp.apply([dy!, cotangent], attributes),
    convOp.apply([x!, cotangent], attributes),
  ],
  reference([x, dy]: readonly NdArray[], geometry) {
    const out = new Float64Array(sizeOf(geometry.weight));
    forEachProduct(geometry, (i, k, o) => {
      out[k]! += x!.data[i]! * dy!.data[o]!;
    });
    return out;
  },
  samples: () => {
    const make = new SampleMaker(32);
    return geometrySamples().map((attributes) => ({
      inputs: [make.uniform(attributes.input), make.uniform(convOutputShape(attributes))],
      attributes,
    }));
  },
});

/**
 * Two-dimensional convolution (cross-correlation) without bias.
 * @param x [N, C, H, W]
 * @param weight [O, C / groups, kh, kw]
 * @returns [N, O, OH, OW]
 * @throws ShapeError when they do not fit
 */
export function conv2d(x: Tensor, weight: Tensor, options: ConvOptions = {}): Tensor {
  return convOp.apply([x, weight], convGeometry("conv2d", x, weight, options));
}

export interface ConvTransposeOptions extends ConvOptions {
  /** Rows and columns added at the bottom and right; default [0, 0]. */
  readonly outputPadding?: readonly [number, number];
}

/**
 * Transposed convolution: the input gradient of {@link conv2d}.
 * @param x [N, C, H, W]
 * @param weight [C, O / groups, kh, kw]
 * @returns [N, O, (H - 1) * stride - pads + dilation * (kh - 1) + 1 + outputPadding, ...]
 * @throws ShapeError when they do not fit
 */
export function convTranspose2d(x: Tensor, weight: Tensor, options: ConvTransposeOptions = {}): Tensor {
  if (x.rank !== 4 || weight.rank !== 4 || x.shape[1] !== weight.shape[0]) {
    throw new ShapeError(
      "convTranspose2d",
      `input ${formatType(x)}, weight ${formatType(weight)}`,
      "input [N, C, H, W] and weight [C, O / groups, kh, kw]",
      "match the channels",
    );
  }
  const [strides, pads, dilations] = [
    options.strides ?? [1, 1],
    options.pads ?? [0, 0, 0, 0],
    options.dilations ?? [1, 1],
  ];
  const extent = (axis: 0 | 1) =>
    (x.shape[axis + 2]! - 1) * strides[axis] -
    pads[axis] -
    pads[axis === 0 ? 2 : 3] +
    dilations[axis] * (weight.shape[axis + 2]! - 1) +
    1 +
    (options.outputPadding?.[axis] ?? 0);
  const made: TensorType = {
    dtype: "float32",
    shape: [x.shape[0]!, weight.shape[1]! * (options.groups ?? 1), extent(0), extent(1)],
  };
  return inputGradientOp.apply([x, weight], convGeometry("convTranspose2d", made, weight, options));
}
