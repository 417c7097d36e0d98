import { int32, nchwc, roundUp, toBlocks } from "./blocked-layout.js";
import type { GraphBuilder, Value } from "./graph-builder.js";

/** Pixels of a blocked value, put where the taps of a kernel want them; `Gather` moves whole blocks in parallel. */

const { floor } = Math;

/** What one side of the product reads at kernel tap (ky, kx) for a pixel of the other; `none` outside. */
type Reader = (row: number, column: number, ky: number, kx: number) => number;

/** @returns [taps, rounded]: what `read` says of each pixel of a grid, `none` past its end */
export function readTable(
  rows: number,
  columns: number,
  kernel: readonly number[],
  rounded: number,
  none: number,
  read: Reader,
): number[] {
  const table: number[] = [];
  for (let ky = 0; ky < kernel[0]!; ky++)
    for (let kx = 0; kx < kernel[1]!; kx++)
      for (let p = 0; p < rounded; p++) {
        table.push(p < rows * columns ? read(floor(p / columns), p % columns, ky, kx) : none);
      }
  return table;
}

/** Reads a pixel by position, `none` where it lies outside or between strides. */
export function pixelAt(row: number, column: number, rows: number, columns: number): number {
  const inside =
    Number.isInteger(row) &&
    Number.isInteger(column) &&
    row >= 0 &&
    column >= 0 &&
    row < rows &&
    column < columns;
  return inside ? row * columns + column : rows * columns;
}

/** @returns the blocks of a value in another order; one pass, where a transpose by axes takes two or three */
export function takeRows(g: GraphBuilder, value: Value, order: Int32Array): Value {
  return g.node("Gather", [g.reshape(value, [-1, g.block]), int32(g, [order.length], order)], { axis: 0 });
}

/**
 * A copy with a zero at the end of every plane, for taps that fall outside: by a convolution with one, since `Pad` does
 * not run on all threads.
 * @param shape [N, M, pixels]
 * @returns [N * M / B, pixels + 1, B]
 */
export function zeroEnded(
  g: GraphBuilder,
  value: Value,
  [n, m, pixels]: readonly [number, number, number],
): Value {
  return g.memo(value, "zero-ended", () => {
    const ones = g.floats([m, 1, 1, 1], new Float32Array(m).fill(1));
    const attributes = { kernel_shape: [1, 1], pads: [0, 0, 0, 1], group: m };
    const made = g.node("Conv", [g.reshape(toBlocks(g, value), [n, m, 1, pixels]), ones], attributes, nchwc);
    return g.reshape(made, [n * (m / g.block), pixels + 1, g.block]);
  });
}

/**
 * A value at every tap with the pixels of all images in a row.
 * @param shape [N, M, pixels]
 * @param table [taps, positions]: pixel to read, or one past the end for zero
 * @returns [M / B, taps, N, positions, B] as [M * taps, N * positions rounded up to blocks with zeros, 1, 1]
 */
export function joinedTaps(
  g: GraphBuilder,
  value: Value,
  [n, m, pixels]: readonly [number, number, number],
  table: readonly number[],
  taps: number,
): Value {
  const blocks = m / g.block;
  const positions = table.length / taps;
  const length = roundUp(n * positions, g.block);
  const order = new Int32Array(blocks * taps * length).fill(pixels);
  for (let block = 0; block < blocks; block++)
    for (let tap = 0; tap < taps; tap++)
      for (let image = 0; image < n; image++) {
        const [to, from] = [(block * taps + tap) * length + image * positions, tap * positions];
        const plane = (image * blocks + block) * (pixels + 1);
        for (let p = 0; p < positions; p++) order[to + p] = plane + table[from + p]!;
      }
  return g.reshape(takeRows(g, zeroEnded(g, value, [n, m, pixels]), order), [m * taps, length, 1, 1]);
}

/**
 * What every output pixel reads, pixel by pixel; arguments as for {@link joinedTaps}.
 * @returns [N, positions, M / B, taps, B]
 */
export function tapsByPixel(
  g: GraphBuilder,
  value: Value,
  [n, m, pixels]: readonly [number, number, number],
  table: readonly number[],
  taps: number,
): Value {
  const [blocks, positions] = [m / g.block, table.length / taps];
  const order = new Int32Array(n * positions * blocks * taps);
  let next = 0;
  for (let image = 0; image < n; image++)
    for (let p = 0; p < positions; p++)
      for (let block = 0; block < blocks; block++)
        for (let tap = 0; tap < taps; tap++) {
          order[next++] = (image * blocks + block) * (pixels + 1) + table[tap * positions + p]!;
        }
  return takeRows(g, zeroEnded(g, value, [n, m, pixels]), order);
}
