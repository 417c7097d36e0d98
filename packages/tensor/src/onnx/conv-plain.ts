import { type ConvGeometry, convOutputShape } from "../ops/conv-geometry.js";
import { emitMatmul } from "./emit-matmul.js";
import { channelsFirst, channelsLast, knownBlocks } from "./blocked-layout.js";
import { narrowWeightGradient, slides, slidingWeightGradient } from "./conv-narrow.js";
import type { GraphBuilder, Value } from "./graph-builder.js";

/** Convolutions by standard operators; they run on every provider and for every geometry. */

/** Up to this many output pixels the im2col of the whole batch is one GEMM. */
const ONE_GEMM_MAX_PIXELS = 256;

function convAttributes({ weight, strides, pads, dilations, groups }: ConvGeometry) {
  return { kernel_shape: weight.slice(2), strides, pads, dilations, group: groups };
}

export function convolve(g: GraphBuilder, x: Value, w: Value, geometry: ConvGeometry): Value {
  return g.node("Conv", [x, w], convAttributes(geometry));
}

export function inputGradient(g: GraphBuilder, dy: Value, w: Value, geometry: ConvGeometry): Value {
  const { input, weight, strides, pads, dilations } = geometry;
  const output = convOutputShape(geometry);
  const missing = [0, 1].map((axis) => {
    const reach = dilations[axis]! * (weight[axis + 2]! - 1) + 1;
    return (
      input[axis + 2]! - ((output[axis + 2]! - 1) * strides[axis]! + reach - pads[axis]! - pads[axis + 2]!)
    );
  });
  const padding = missing.some((extent) => extent > 0) ? { output_padding: missing } : {};
  return g.node("ConvTranspose", [dy, w], { ...convAttributes(geometry), ...padding });
}

/** 1x1, unit stride, no pads: a product with the transposed weight. */
export function pointwiseInputGradient(
  g: GraphBuilder,
  dy: Value,
  w: Value,
  { input, weight }: ConvGeometry,
): Value {
  const [n, c, h, width] = input as [number, number, number, number];
  const [o] = weight as [number];
  const turned = g.memo(w, "turned", () => g.transpose(g.reshape(w, [o, c]), [1, 0]));
  return g.reshape(g.node("MatMul", [turned, g.reshape(dy, [n, o, h * width])]), [n, c, h, width]);
}

export function pointwiseWeightGradient(
  g: GraphBuilder,
  x: Value,
  dy: Value,
  { input, weight }: ConvGeometry,
): Value {
  const [n, c, h, w] = input as [number, number, number, number];
  const [o] = weight as [number];
  const pixels = h * w;
  const last = (value: Value, channels: number) => channelsLast(g, value, [n, channels, pixels]);
  if (pixels <= ONE_GEMM_MAX_PIXELS) {
    const rows = (value: Value, channels: number) => g.reshape(last(value, channels), [n * pixels, channels]);
    return g.reshape(g.node("Gemm", [rows(dy, o), rows(x, c)], { transA: 1 }), [o, c, 1, 1]);
  }
  if ([x, dy].every((value) => knownBlocks(g, value) !== undefined)) {
    const rows = (value: Value, channels: number) => g.reshape(last(value, channels), [n, pixels, channels]);
    const sides = { a: "transpose", b: "as-is" } as const;
    const products = emitMatmul(g, rows(dy, o), rows(x, c), { sides, ranks: [3, 3] });
    return g.reshape(g.node("ReduceSum", [products, g.ints([0])], { keepdims: 0 }), [o, c, 1, 1]);
  }
  return g.reshape(perImageProduct(g, g.reshape(dy, [n, o, pixels]), g.reshape(x, [n, c, pixels])), [
    o,
    c,
    1,
    1,
  ]);
}

/** sum over images of a [N, O, P] times b [N, C, P] transposed: [O, C] */
function perImageProduct(g: GraphBuilder, a: Value, b: Value): Value {
  const product = emitMatmul(g, a, b, { sides: { a: "as-is", b: "transpose" }, ranks: [3, 3] });
  return g.node("ReduceSum", [product, g.ints([0])], { keepdims: 0 });
}

export function weightGradient(g: GraphBuilder, x: Value, dy: Value, geometry: ConvGeometry): Value {
  const { input, weight } = geometry;
  const [n, c] = input as [number, number];
  const [, o, oh, ow] = convOutputShape(geometry) as [number, number, number, number];
  const [kh, kw] = [weight[2]!, weight[3]!];
  const taps = kh * kw;
  if (g.target === "cpu" && g.block > 0 && c <= 4 && o % g.block === 0 && oh * ow >= ONE_GEMM_MAX_PIXELS) {
    return slides(g, geometry)
      ? slidingWeightGradient(g, x, dy, geometry)
      : narrowWeightGradient(g, x, dy, geometry);
  }
  if (oh * ow <= ONE_GEMM_MAX_PIXELS) {
    const last = g.memo(x, "channels-last", () =>
      g.reshape(channelsLast(g, x, [n, c, input[2]! * input[3]!]), [n, input[2]!, input[3]!, c]),
    );
    const columns = g.node("Concat", tapSlices(g, last, geometry, 1), { axis: 3 });
    const rows = g.reshape(channelsLast(g, dy, [n, o, oh * ow]), [n * oh * ow, o]);
    const product = g.node("Gemm", [rows, g.reshape(columns, [n * oh * ow, taps * c])], { transA: 1 });
    return g.reshape(channelsFirst(g, product, [o, taps, c]), [o, c, kh, kw]);
  }
  const flat = g.reshape(dy, [n, o, oh * ow]);
  const parts = tapSlices(g, x, geometry, 2).map((slice) =>
    g.reshape(perImageProduct(g, flat, g.reshape(slice, [n, c, oh * ow])), [o, c, 1]),
  );
  return g.reshape(parts.length === 1 ? parts[0]! : g.node("Concat", parts, { axis: 2 }), [o, c, kh, kw]);
}

/** For each kernel tap, what the output pixels read of `x`, whose rows and columns are at `axis` and `axis + 1`. */
function tapSlices(g: GraphBuilder, x: Value, geometry: ConvGeometry, axis: 1 | 2): Value[] {
  const { weight, strides, pads, dilations } = geometry;
  const [, , oh, ow] = convOutputShape(geometry) as [number, number, number, number];
  const around =
    axis === 1
      ? [0, pads[0]!, pads[1]!, 0, 0, pads[2]!, pads[3]!, 0]
      : [0, 0, pads[0]!, pads[1]!, 0, 0, pads[2]!, pads[3]!];
  const padded = around.every((pad) => pad === 0) ? x : g.node("Pad", [x, g.ints(around)]);
  const slices: Value[] = [];
  for (let ky = 0; ky < weight[2]!; ky++)
    for (let kx = 0; kx < weight[3]!; kx++) {
      const start = [ky * dilations[0]!, kx * dilations[1]!];
      const end = [start[0]! + (oh - 1) * strides[0]! + 1, start[1]! + (ow - 1) * strides[1]! + 1];
      slices.push(
        g.node("Slice", [padded, g.ints(start), g.ints(end), g.ints([axis, axis + 1]), g.ints(strides)]),
      );
    }
  return slices;
}

/** Group by group, each an ordinary weight gradient. */
export function groupedWeightGradient(g: GraphBuilder, x: Value, dy: Value, geometry: ConvGeometry): Value {
  const { input, weight, groups } = geometry;
  const [perIn, perOut] = [weight[1]!, weight[0]! / groups];
  const channels = (value: Value, from: number, to: number) =>
    g.node("Slice", [value, g.ints([from]), g.ints([to]), g.ints([1])]);
  const one = {
    ...geometry,
    input: [input[0]!, perIn, input[2]!, input[3]!],
    weight: [perOut, ...weight.slice(1)],
    groups: 1,
  };
  const parts = Array.from({ length: groups }, (_, group) =>
    weightGradient(
      g,
      channels(x, group * perIn, (group + 1) * perIn),
      channels(dy, group * perOut, (group + 1) * perOut),
      one,
    ),
  );
  return g.node("Concat", parts, { axis: 0 });
}
