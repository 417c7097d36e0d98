import { sizeOf } from "../shape.js";
import { emitMatmul } from "./emit-matmul.js";
import type { GraphBuilder, Value } from "./graph-builder.js";

/** Sums over images and pixels per channel, shared between a normalisation and its gradient by interning. */

/** From this many pixels on, a dot product per image and channel beats a product and two sums. */
const DOT_MIN_PIXELS = 512;

/** @returns sum over N, H, W of a * b, [C] */
export function channelDot(g: GraphBuilder, a: Value, b: Value, [n, c, ...rest]: readonly number[]): Value {
  const p = sizeOf(rest);
  if (g.target === "cpu" && p >= DOT_MIN_PIXELS) {
    const rows = (value: Value) => g.reshape(value, [n! * c!, 1, p]);
    const dots = emitMatmul(g, rows(a), rows(b), { sides: { a: "as-is", b: "transpose" }, ranks: [3, 3] });
    return g.node("ReduceSum", [g.reshape(dots, [n!, c!]), g.ints([0])], { keepdims: 0 });
  }
  const rows = g.reshape(g.node("Mul", [a, b]), [n!, c!, p]);
  return g.node("ReduceSum", [rows, g.ints([0, 2])], { keepdims: 0 });
}

/** @returns mean over N, H, W, [C] */
export function channelMean(g: GraphBuilder, x: Value): Value {
  return g.node("ReduceMean", [x, g.ints([0, 2, 3])], { keepdims: 0 });
}

/** @returns x minus its channel's mean, [N, C, H, W] */
export function channelCentred(g: GraphBuilder, x: Value, [, c]: readonly number[]): Value {
  return g.node("Sub", [x, g.reshape(channelMean(g, x), [c!, 1, 1])]);
}

/**
 * From centred values: E[x^2] - E[x]^2 loses the digits that a deep network in training amplifies.
 * @returns biased variance over N, H, W, [C]
 */
export function channelVariance(g: GraphBuilder, x: Value, shape: readonly number[]): Value {
  const [n, , h, w] = shape as [number, number, number, number];
  const centred = channelCentred(g, x, shape);
  return g.node("Mul", [channelDot(g, centred, centred, shape), g.scalar(1 / (n * h * w))]);
}
