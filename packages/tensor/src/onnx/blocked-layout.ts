import type { GraphBuilder, Value } from "./graph-builder.js";

/**
 * The CPU kernels' own layout [N, C / B, H, W, B], B channels to a block, under the nominal shape [N, C, H, W].
 * Its two conversions are ONNX Runtime's fastest transposes (parallel and vectorised), so they also serve for weights.
 */
export const nchwc = { domain: "com.microsoft.nchwc" } as const;

/** @param value [N, C, H, W] with C divisible by the block */
export function toBlocks(g: GraphBuilder, value: Value): Value {
  return g.memo(value, "blocked", () => g.node("ReorderInput", [value], {}, nchwc));
}

/** @returns whether a value of this shape has a blocked form on the target */
export function hasBlocks(g: GraphBuilder, shape: readonly number[]): boolean {
  return g.target === "cpu" && g.block > 0 && shape.length === 4 && shape[1]! % g.block === 0;
}

/** @returns the blocked form where some earlier lowering made or used it */
export function knownBlocks(g: GraphBuilder, value: Value): Value | undefined {
  return g.known(value, "blocked");
}

/**
 * Nothing is copied unless someone reads the plain form.
 * @returns [N, C, H, W] of a blocked value, remembering that both are the same
 */
export function fromBlocks(g: GraphBuilder, value: Value, channels: number): Value {
  const plain = g.node("ReorderOutput", [value], { channels }, nchwc);
  g.declare(plain, "blocked", value);
  return plain;
}

/** [N, C, P] to [N, P / B, C, B]: pixels in blocks, their number rounded up with zeros. */
export function pixelBlocks(
  g: GraphBuilder,
  value: Value,
  [n, c, p]: readonly [number, number, number],
): Value {
  const rounded = roundUp(p, g.block);
  const made = g.node("ReorderInput", [g.reshape(value, [n, c, 1, p])], { channels_last: 1 }, nchwc);
  return g.reshape(made, [1, n * rounded, c, 1]);
}

/** [N, S, C] to [N, C, S] for C divisible by the block. */
export function channelsFirst(
  g: GraphBuilder,
  value: Value,
  [n, s, c]: readonly [number, number, number],
): Value {
  if (g.block === 0 || c % g.block !== 0) return g.transpose(g.reshape(value, [n, s, c]), [0, 2, 1]);
  const made = g.node("ReorderInput", [g.reshape(value, [n, s, 1, c])], { channels_last: 1 }, nchwc);
  return g.node("ReorderOutput", [made], { channels: c }, nchwc);
}

/** [N, C, S] to [N, S, C] for C divisible by the block. */
export function channelsLast(
  g: GraphBuilder,
  value: Value,
  [n, c, s]: readonly [number, number, number],
): Value {
  if (g.block === 0 || c % g.block !== 0) return g.transpose(g.reshape(value, [n, c, s]), [0, 2, 1]);
  const known = knownBlocks(g, value);
  const flat = g.reshape(known ?? value, [n, c, s, 1]);
  const made = known === undefined ? toBlocks(g, flat) : flat;
  return g.node("ReorderOutput", [made], { channels: c, channels_last: 1 }, nchwc);
}

export function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

export function int32(g: GraphBuilder, shape: readonly number[], values: ArrayLike<number>): Value {
  return g.constant("int32", shape, Int32Array.from(values));
}
