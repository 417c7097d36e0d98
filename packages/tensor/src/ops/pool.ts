import { emitMaxPool, emitMaxPoolScatter, emitMaxPoolTake } from "../onnx/lower-pool.js";
import { type DefinedOp, defineOp, type NdArray } from "../op.js";
import { sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { multiply } from "./arithmetic.js";
import { defineComposite } from "./composite.js";
import { conv2d } from "./conv.js";
import { constant } from "./leaf.js";
import { type PoolGeometry, type PoolOptions, poolGeometry, poolOutputShape } from "./pool-geometry.js";
import { mean } from "./reduce.js";
import { SampleMaker } from "./samples.js";

/** Calls `visit` for each window with its output offset and the offsets of its elements in row-major order. */
function forEachWindow(
  geometry: PoolGeometry,
  visit: (output: number, elements: readonly number[]) => void,
): void {
  const { input, kernel, strides, pads } = geometry;
  const [n, c, h, w] = input as [number, number, number, number];
  const [, , oh, ow] = poolOutputShape(geometry) as [number, number, number, number];
  for (let plane = 0; plane < n * c; plane++)
    for (let y = 0; y < oh; y++)
      for (let x = 0; x < ow; x++) {
        const elements: number[] = [];
        for (let ky = 0; ky < kernel[0]!; ky++)
          for (let kx = 0; kx < kernel[1]!; kx++) {
            const [row, column] = [y * strides[0]! + ky - pads[0]!, x * strides[1]! + kx - pads[1]!];
            if (row >= 0 && row < h && column >= 0 && column < w)
              elements.push((plane * h + row) * w + column);
          }
        visit((plane * oh + y) * ow + x, elements);
      }
}

function largest(x: NdArray, elements: readonly number[]): number {
  return elements.reduce((best, element) => (x.data[element]! > x.data[best]! ? element : best));
}

const geometries: readonly PoolGeometry[] = [
  { input: [2, 3, 6, 4], kernel: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] },
  { input: [1, 2, 7, 8], kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  { input: [1, 2, 5, 5], kernel: [3, 2], strides: [1, 2], pads: [0, 1, 1, 0] },
];

const maxPoolOp: DefinedOp<PoolGeometry> = defineOp<PoolGeometry>({
  name: "max-pool",
  infer: (_, geometry) => ({ dtype: "float32", shape: poolOutputShape(geometry) }),
  lower: ({ g, inputs, attributes }) => emitMaxPool(g, inputs[0]!, attributes),
  vjp: ({ cotangent, inputs: [x], attributes }) => [scatterOp.apply([x!, cotangent], attributes)],
  reference([x], geometry, type) {
    const out = new Float64Array(sizeOf(type.shape));
    forEachWindow(geometry, (o, elements) => {
      out[o] = x!.data[largest(x!, elements)]!;
    });
    return out;
  },
  samples: () =>
    geometries.map((attributes) => ({
      inputs: [new SampleMaker(50).distinct(attributes.input)],
      attributes,
    })),
});

/** Inputs x and dy: hands each window's cotangent to its first largest element. */
const scatterOp: DefinedOp<PoolGeometry> = defineOp<PoolGeometry>({
  name: "max-pool-scatter",
  infer: (_, { input }) => ({ dtype: "float32", shape: input }),
  lower: ({ g, inputs: [x, dy], attributes }) => emitMaxPoolScatter(g, x!, dy!, attributes),
  vjp: ({ cotangent, inputs: [x], attributes }) => [null, takeOp.apply([x!, cotangent], attributes)],
  reference([x, dy], geometry) {
    const out = new Float64Array(sizeOf(geometry.input));
    forEachWindow(geometry, (o, elements) => {
      out[largest(x!, elements)]! += dy!.data[o]!;
    });
    return out;
  },
  samples: () =>
    geometries.map((attributes) => {
      const make = new SampleMaker(51);
      return {
        inputs: [make.distinct(attributes.input), make.uniform(poolOutputShape(attributes))],
        attributes,
      };
    }),
});

/** Inputs x and z of one shape: takes z where each window's first largest element of x is. */
const takeOp: DefinedOp<PoolGeometry> = defineOp<PoolGeometry>({
  name: "max-pool-take",
  infer: (_, geometry) => ({ dtype: "float32", shape: poolOutputShape(geometry) }),
  lower: ({ g, inputs: [x, z], attributes }) => emitMaxPoolTake(g, x!, z!, attributes),
  vjp: ({ cotangent, inputs: [x], attributes }) => [null, scatterOp.apply([x!, cotangent], attributes)],
  reference([x, z], geometry, type) {
    const out = new Float64Array(sizeOf(type.shape));
    forEachWindow(geometry, (o, elements) => {
      out[o] = z!.data[largest(x!, elements)]!;
    });
    return out;
  },
  samples: () =>
    geometries.map((attributes) => {
      const make = new SampleMaker(52);
      return { inputs: [make.distinct(attributes.input), make.uniform(attributes.input)], attributes };
    }),
});

/**
 * Largest element of each window; of equal ones the first in row-major order takes the gradient, as in PyTorch.
 * @param x [N, C, H, W]
 * @returns [N, C, OH, OW]
 * @throws ShapeError when a window could be empty
 */
export function maxPool2d(x: Tensor, options: PoolOptions): Tensor {
  return maxPoolOp.apply([x], poolGeometry("maxPool2d", x, options));
}

/**
 * Mean of each window.
 * @param x [N, C, H, W]
 * @param options.padding `counted`: padding is zeros that count (PyTorch's default); `left-out`: only real elements count
 * @returns [N, C, OH, OW]
 */
export function averagePool2d(
  x: Tensor,
  options: PoolOptions & { readonly padding?: "counted" | "left-out" },
): Tensor {
  const geometry = poolGeometry("averagePool2d", x, options);
  const { kernel, strides, pads } = geometry;
  const [channels, size] = [x.shape[1]!, sizeOf(kernel)];
  const weight = constant(new Float64Array(channels * size).fill(1 / size), [
    channels,
    1,
    kernel[0]!,
    kernel[1]!,
  ]);
  const pooled = conv2d(x, weight, {
    strides: [strides[0]!, strides[1]!],
    pads: [pads[0]!, pads[1]!, pads[2]!, pads[3]!],
    groups: channels,
  });
  if (options.padding !== "left-out" || pads.every((pad) => pad === 0)) return pooled;
  const output = poolOutputShape(geometry);
  const counts = new Float64Array(output[2]! * output[3]!);
  forEachWindow({ ...geometry, input: [1, 1, x.shape[2]!, x.shape[3]!] }, (o, elements) => {
    counts[o] = size / elements.length;
  });
  return multiply(pooled, constant(counts, [output[2]!, output[3]!]));
}

/** Mean over all pixels: [N, C, H, W] to [N, C]. */
export function globalAveragePool(x: Tensor): Tensor {
  return mean(x, { axes: [2, 3] });
}

for (const padding of ["counted", "left-out"] as const) {
  defineComposite<PoolGeometry>({
    name: `averagePool2d-${padding}`,
    build: ([x], { kernel, strides, pads }) =>
      averagePool2d(x!, {
        kernel: [kernel[0]!, kernel[1]!],
        strides: [strides[0]!, strides[1]!],
        pads: [pads[0]!, pads[1]!, pads[2]!, pads[3]!],
        padding,
      }),
    reference([x], geometry) {
      const out = new Float64Array(sizeOf(poolOutputShape(geometry)));
      forEachWindow(geometry, (o, elements) => {
        const total = elements.reduce((sum, element) => sum + x!.data[element]!, 0);
        out[o] = total / (padding === "counted" ? sizeOf(geometry.kernel) : elements.length);
      });
      return out;
    },
    samples: () =>
      geometries.map((attributes) => ({
        inputs: [new SampleMaker(53).uniform(attributes.input)],
        attributes,
      })),
  });
}
