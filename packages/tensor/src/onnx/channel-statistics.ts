import { sizeOf } from "../shape.js";
import { hasBlocks, knownBlocks, nchwc, toBlocks } from "./blocked-layout.js";
import { emitMatmul } from "./emit-matmul.js";
import type { GraphBuilder, Value } from "./graph-builder.js";
import { emitPair } from "./lower-elementwise.js";

/** Sums over images and pixels per channel, shared between a normalisation and its gradient by interning. */

type Shape = readonly number[];

/** From this many pixels on, a dot product per image and channel beats a product and two sums. */
const DOT_MIN_PIXELS = 512;

/** @returns sum over N, H, W of a * b, [C] */
export function channelDot(g: GraphBuilder, a: Value, b: Value, shape: Shape): Value {
  const [n, c, ...rest] = shape as [number, number, number, number];
  const p = sizeOf(rest);
  if (hasBlocks(g, shape) && (knownBlocks(g, a) ?? knownBlocks(g, b)) !== undefined)
    return blockedDot(g, a, b, shape);
  if (g.target === "cpu" && p >= DOT_MIN_PIXELS) {
    const rows = (value: Value) => g.reshape(value, [n * c, 1, p]);
    const dots = emitMatmul(g, rows(a), rows(b), { sides: { a: "as-is", b: "transpose" }, ranks: [3, 3] });
    return g.node("ReduceSum", [g.reshape(dots, [n, c]), g.ints([0])], { keepdims: 0 });
  }
  const rows = g.reshape(g.node("Mul", [a, b]), [n, c, p]);
  return g.node("ReduceSum", [rows, g.ints([0, 2])], { keepdims: 0 });
}

/** A convolution of one value with the other as its kernel, images times channels as groups: one pass over both. */
function blockedDot(g: GraphBuilder, a: Value, b: Value, shape: Shape): Value {
  const [n, c, h, w] = shape as [number, number, number, number];
  const dots = g.node(
    "Conv",
    [g.reshape(toBlocks(g, a), [1, n * c, h, w]), g.reshape(toBlocks(g, b), [n * c, 1, h, w])],
    { kernel_shape: [h, w], group: n * c },
    nchwc,
  );
  return g.node("ReduceSum", [g.reshape(dots, [n, c]), g.ints([0])], { keepdims: 0 });
}

/** @returns mean over N, H, W, [C] */
export function channelMean(g: GraphBuilder, x: Value, shape: Shape): Value {
  const pooled = pixelMean(g, x, shape) ?? x;
  return g.node("ReduceMean", [pooled, g.ints([0, 2, 3])], { keepdims: 0 });
}

/** @returns mean over H, W, [N, C, 1, 1], where the value is in blocks */
export function pixelMean(g: GraphBuilder, x: Value, shape: Shape): Value | undefined {
  const blocks = hasBlocks(g, shape) ? knownBlocks(g, x) : undefined;
  return blocks && g.node("GlobalAveragePool", [blocks], {}, nchwc);
}

/** @returns x minus its channel's mean, [N, C, H, W] */
export function channelCentred(g: GraphBuilder, x: Value, shape: Shape): Value {
  const mean = g.reshape(channelMean(g, x, shape), [shape[1]!, 1, 1]);
  const type = { dtype: "float32", shape } as const;
  return emitPair(g, "Sub", [x, mean], [type, { ...type, shape: [shape[1]!, 1, 1] }], type);
}

/**
 * From centred values: E[x^2] - E[x]^2 loses the digits that a deep network in training amplifies.
 * @returns biased variance over N, H, W, [C]
 */
export function channelVariance(g: GraphBuilder, x: Value, shape: Shape): Value {
  const [n, , h, w] = shape as [number, number, number, number];
  const centred = channelCentred(g, x, shape);
  return g.node("Mul", [channelDot(g, centred, centred, shape), g.scalar(1 / (n * h * w))]);
}

/** @returns centred x in units of its channel's deviation, times gamma, plus beta */
export function channelNormalised(
  g: GraphBuilder,
  { x, gamma, beta }: { readonly x: Value; readonly gamma: Value; readonly beta: Value },
  epsilon: number,
  shape: Shape,
): Value {
  const centred = channelCentred(g, x, shape);
  const variance = channelVariance(g, x, shape);
  if (!hasBlocks(g, shape) || knownBlocks(g, centred) === undefined) {
    const zero = g.floats([shape[1]!], new Float32Array(shape[1]!));
    return g.node("BatchNormalization", [centred, gamma, beta, zero, variance], {
      epsilon: { float: epsilon },
    });
  }
  const deviation = g.node("Sqrt", [g.node("Add", [variance, g.scalar(epsilon)])]);
  const scale = g.node("Mul", [gamma, g.node("Div", [g.scalar(1), deviation])]);
  const whole = { dtype: "float32", shape } as const;
  const types = [whole, { ...whole, shape: [shape[1]!, 1, 1] }];
  const byChannel = (value: Value) => g.reshape(value, [shape[1]!, 1, 1]);
  const scaled = emitPair(g, "Mul", [centred, byChannel(scale)], types, whole);
  return emitPair(g, "Add", [scaled, byChannel(beta)], types, whole);
}
