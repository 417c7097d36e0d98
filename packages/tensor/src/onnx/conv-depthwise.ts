import { type ConvGeometry, convOutputShape } from "../ops/conv-geometry.js";
import { fromBlocks, int32, nchwc, toBlocks } from "./blocked-layout.js";
import { zeroEnded } from "./gather-taps.js";
import type { GraphBuilder, Value } from "./graph-builder.js";

/** Convolutions with one channel per group, and their gradients, by the blocked CPU kernels. */
export function isDepthwise(g: GraphBuilder, { input, weight, groups, dilations }: ConvGeometry): boolean {
  return (
    g.target === "cpu" &&
    g.block > 0 &&
    groups === input[1] &&
    weight[0] === groups &&
    groups % g.block === 0 &&
    dilations.every((d) => d === 1)
  );
}

/** [C, 1, kh, kw] to [C / B, kh * kw, B] */
function filterBlocks(g: GraphBuilder, w: Value, [c, , kh, kw]: readonly number[]): Value {
  const blocks = toBlocks(g, g.reshape(w, [1, c!, kh! * kw!, 1]));
  return g.reshape(blocks, [c! / g.block, kh! * kw!, g.block]);
}

export function depthwiseConvolve(g: GraphBuilder, x: Value, w: Value, geometry: ConvGeometry): Value {
  const { weight, strides, pads, groups } = geometry;
  const attributes = { kernel_shape: weight.slice(2), strides, pads, group: groups };
  const filter = g.reshape(filterBlocks(g, w, weight), weight);
  return fromBlocks(g, g.node("Conv", [toBlocks(g, x), filter], attributes, nchwc), groups);
}

/** The convolution of `dy`, spread out to the input's grid with zeros between, with the kernel turned round. */
export function depthwiseInputGradient(g: GraphBuilder, dy: Value, w: Value, geometry: ConvGeometry): Value {
  const { input, weight, strides, pads } = geometry;
  const [n, c, h, width] = input as [number, number, number, number];
  const [, , oh, ow] = convOutputShape(geometry) as [number, number, number, number];
  const [kh, kw] = [weight[2]!, weight[3]!];
  const [sh, sw] = strides as [number, number];
  const [rows, columns] = [(oh - 1) * sh + 1, (ow - 1) * sw + 1];
  const spread =
    sh === 1 && sw === 1 ? toBlocks(g, dy) : spreadOut(g, dy, { n, c, oh, ow, rows, columns, sh, sw });
  const [top, left] = [kh - 1 - pads[0]!, kw - 1 - pads[1]!];
  const around = [top, left, h - rows - top + kh - 1, width - columns - left + kw - 1];
  const blocks = filterBlocks(g, w, weight);
  const reversed = Array.from({ length: kh * kw }, (_, i) => kh * kw - 1 - i);
  const filter = g.reshape(g.node("Gather", [blocks, int32(g, [kh * kw], reversed)], { axis: 1 }), [
    c,
    1,
    kh,
    kw,
  ]);
  return fromBlocks(
    g,
    g.node("Conv", [spread, filter], { kernel_shape: [kh, kw], pads: around, group: c }, nchwc),
    c,
  );
}

interface Spread {
  readonly n: number;
  readonly c: number;
  readonly oh: number;
  readonly ow: number;
  readonly rows: number;
  readonly columns: number;
  readonly sh: number;
  readonly sw: number;
}

/** @returns blocked [N, C, rows, columns] with `dy` at every stride and zero elsewhere */
function spreadOut(g: GraphBuilder, dy: Value, { n, c, oh, ow, rows, columns, sh, sw }: Spread): Value {
  const ended = zeroEnded(g, dy, [n, c, oh * ow]);
  const table = Array.from({ length: rows * columns }, (_, p) => {
    const [row, column] = [Math.floor(p / columns), p % columns];
    return row % sh === 0 && column % sw === 0 ? (row / sh) * ow + column / sw : oh * ow;
  });
  return g.reshape(g.node("Gather", [ended, int32(g, [table.length], table)], { axis: 1 }), [
    n,
    c,
    rows,
    columns,
  ]);
}

/**
 * `dy` as the kernel: images and channels together are the groups, the kernel's taps the output, strides become
 * dilations. In the blocked layout `dy` already is that kernel.
 */
export function depthwiseWeightGradient(g: GraphBuilder, x: Value, dy: Value, geometry: ConvGeometry): Value {
  const { input, weight, strides, pads } = geometry;
  const [n, c, h, w] = input as [number, number, number, number];
  const [, , oh, ow] = convOutputShape(geometry) as [number, number, number, number];
  const [kh, kw] = [weight[2]!, weight[3]!];
  const bottom = (oh - 1) * strides[0]! + kh - h - pads[0]!;
  const right = (ow - 1) * strides[1]! + kw - w - pads[1]!;
  const kept =
    bottom < 0 || right < 0 ? crop(g, x, [n, c, h + Math.min(bottom, 0), w + Math.min(right, 0)]) : x;
  const [rows, columns] = [h + Math.min(bottom, 0), w + Math.min(right, 0)];
  const taps = g.node(
    "Conv",
    [g.reshape(toBlocks(g, kept), [1, n * c, rows, columns]), g.reshape(toBlocks(g, dy), [n * c, 1, oh, ow])],
    {
      kernel_shape: [oh, ow],
      dilations: strides,
      pads: [pads[0]!, pads[1]!, Math.max(bottom, 0), Math.max(right, 0)],
      group: n * c,
    },
    nchwc,
  );
  const summed = g.node("ReduceSum", [g.reshape(taps, [n, c * kh * kw]), g.ints([0])], { keepdims: 0 });
  return g.reshape(g.node("ReorderOutput", [g.reshape(summed, [1, c, kh * kw, 1])], { channels: c }, nchwc), [
    c,
    1,
    kh,
    kw,
  ]);
}

function crop(g: GraphBuilder, x: Value, [, , rows, columns]: readonly number[]): Value {
  return g.node("Slice", [x, g.ints([0, 0]), g.ints([rows!, columns!]), g.ints([2, 3])]);
}
