import { type ConvGeometry, convOutputShape } from "../ops/conv-geometry.js";
import { int32, nchwc, pixelBlocks, roundUp } from "./blocked-layout.js";
import { inputMajor, outputMajor, type TapOrder } from "./conv-blocked.js";
import { joinedTaps, zeroEnded } from "./gather-taps.js";
import type { GraphBuilder, Value } from "./graph-builder.js";

/**
 * The weight gradient as a convolution with a kernel as tall as the image: B neighbouring pixels of a row are the input
 * channels, rows of pixels the height, channels the width. One side, read at every column of the kernel, is the filter; the
 * rows of the kernel are the heights at which it fits on the padded other side. So the pixels are gathered once per column
 * of the kernel and not once per tap.
 */

/** Share of the work that may go into filling rows up to whole blocks. */
const MAX_WASTE = 1.15;
/** Taller kernels leave the cache: beyond, the blocks of a row become channels. */
const MAX_KERNEL_ROWS = 128;
/** Up to this many pixels the sum runs over the images too; above, the table of positions would be too large. */
const JOINED_MAX_PIXELS = 1024;

/** One side of the product: [N, channels, rows, columns]. */
interface Side {
  readonly value: Value;
  readonly shape: readonly [number, number, number, number];
}

/** The kernel's extents and the top pad with which `filter` slides over `image`. */
interface Slide {
  readonly kernel: readonly [number, number];
  readonly top: number;
}

export function fitsRowTaps(g: GraphBuilder, geometry: ConvGeometry): boolean {
  const { input, weight, strides, dilations, pads } = geometry;
  const width = weight[0]! <= weight[1]! ? input[3]! : convOutputShape(geometry)[3]!;
  return (
    weight[2]! > 1 &&
    [...strides, ...dilations].every((step) => step === 1) &&
    pads.every((pad, side) => pad < weight[2 + (side % 2)]!) &&
    roundUp(width, g.block) <= MAX_WASTE * width
  );
}

/** @returns dW [O, C, kh, kw] for unit strides and dilations, channels divisible by the block */
export function rowTapWeightGradient(g: GraphBuilder, x: Value, dy: Value, geometry: ConvGeometry): Value {
  const { input, weight, pads } = geometry;
  const [o, c, kh, kw] = weight as [number, number, number, number];
  const ofX = { value: x, shape: input as [number, number, number, number] };
  const ofDy = { value: dy, shape: convOutputShape(geometry) as [number, number, number, number] };
  const order = (row: (ky: number) => number): TapOrder =>
    Array.from({ length: kh * kw }, (_, tap) => (tap % kw) * kh + row(Math.floor(tap / kw)));
  if (o <= c) {
    const slide = { kernel: [kh, kw], top: pads[0]! } as const;
    const product = slideProduct(g, ofDy, ofX, slide, (column, kx) => column + pads[1]! - kx);
    return outputMajor(
      g,
      product,
      [o, c, kh, kw],
      order((ky) => ky),
    );
  }
  const slide = { kernel: [kh, kw], top: kh - 1 - pads[0]! } as const;
  const product = slideProduct(g, ofX, ofDy, slide, (column, kx) => column + kx - pads[1]!);
  return inputMajor(
    g,
    product,
    [o, c, kh, kw],
    order((ky) => kh - 1 - ky),
  );
}

/**
 * @param read column of the filter's side that belongs to a column of the image's at kernel column kx
 * @returns [M / B, kw, kh, S, B] for M channels of the filter's side and S of the image's
 */
function slideProduct(
  g: GraphBuilder,
  filter: Side,
  image: Side,
  { kernel: [kh, kw], top }: Slide,
  read: (column: number, kx: number) => number,
): Value {
  const [n, m, filterRows, filterColumns] = filter.shape;
  const [, s, rows, columns] = image.shape;
  const b = g.block;
  const across = roundUp(columns, b) / b;
  const joined = rows * columns <= JOINED_MAX_PIXELS;
  // [N, rows, across, S, B], or [N, across, rows, S, B] where the kernel would be too tall or rows are filled up
  const turned = rows * across > MAX_KERNEL_ROWS || fillsWithoutPad(g, columns);
  const still = turned ? turnedRows(g, image, across) : rowBlocks(g, image, across);
  const [depth, tall, step] = turned ? [across, 1, 1] : [1, across, across];
  const groups = joined ? 1 : n;
  const columnsOf = columnTable({ filterRows, filterColumns, across, b, turned, kw, read });
  const gathered = joined
    ? joinedTaps(g, filter.value, [n, m, filterRows * filterColumns], columnsOf, kw)
    : gatherPerImage(g, filter, columnsOf, kw);
  const product = g.node(
    "Conv",
    [
      g.reshape(still, [1, n * depth * b, rows * tall, s]),
      g.reshape(gathered, [groups * m * kw, (n / groups) * depth * b, filterRows * tall, 1]),
    ],
    {
      kernel_shape: [filterRows * tall, 1],
      strides: [step, 1],
      pads: [top * tall, 0, (kh - 1 + filterRows - rows - top) * tall, 0],
      group: groups,
    },
    nchwc,
  );
  if (joined) return product;
  return g.node("ReduceSum", [g.reshape(product, [n, m * kw * kh * s]), g.ints([0])], { keepdims: 0 });
}

/** @returns [N, rows, across, S, B]: the pixels of each row in blocks, rows filled up with zeros */
function rowBlocks(g: GraphBuilder, { value, shape: [n, c, rows, columns] }: Side, across: number): Value {
  return g.memo(value, "row-blocks", () => {
    const wide = across * g.block;
    const padded =
      wide === columns ? value : g.node("Pad", [value, g.ints([0, 0, 0, 0, 0, 0, 0, wide - columns])]);
    return pixelBlocks(g, padded, [n, c, rows * wide]);
  });
}

/** `ReorderInput` itself fills rows up with zeros, where their length is a multiple of four; `Pad` is slow. */
function fillsWithoutPad(g: GraphBuilder, columns: number): boolean {
  return columns % 4 === 0 && columns % g.block !== 0;
}

/** @returns [N, across, rows, S, B] */
export function turnedRows(g: GraphBuilder, image: Side, across: number): Value {
  return g.memo(image.value, "turned-row-blocks", () => {
    const [n, c, rows, columns] = image.shape;
    if (fillsWithoutPad(g, columns)) {
      const lines = g.reshape(image.value, [n, c * rows, 1, columns]);
      const filled = g.node("ReorderInput", [lines], { channels_last: 1 }, nchwc);
      const byRow = Array.from({ length: rows * c }, (_, i) => (i % c) * rows + Math.floor(i / c));
      const flat = g.reshape(filled, [n * across, c * rows, g.block]);
      return g.node("Gather", [flat, int32(g, [byRow.length], byRow)], { axis: 1 });
    }
    const blocks = g.reshape(rowBlocks(g, image, across), [n, rows * across, c * g.block]);
    const order = Array.from({ length: rows * across }, (_, i) => (i % rows) * across + Math.floor(i / rows));
    return g.node("Gather", [blocks, int32(g, [order.length], order)], { axis: 1 });
  });
}

interface ColumnReading {
  readonly filterRows: number;
  readonly filterColumns: number;
  readonly across: number;
  readonly b: number;
  readonly turned: boolean;
  readonly kw: number;
  readonly read: (column: number, kx: number) => number;
}

/** @returns for [kw, rows, across, B], or [kw, across, rows, B] if turned, the pixel to read, or one past the end for zero */
function columnTable({ filterRows, filterColumns, across, b, turned, kw, read }: ColumnReading): number[] {
  const table: number[] = [];
  const add = (row: number, block: number, kx: number) => {
    for (let lane = 0; lane < b; lane++) {
      const column = read(block * b + lane, kx);
      const inside = column >= 0 && column < filterColumns;
      table.push(inside ? row * filterColumns + column : filterRows * filterColumns);
    }
  };
  for (let kx = 0; kx < kw; kx++)
    if (turned)
      for (let block = 0; block < across; block++)
        for (let row = 0; row < filterRows; row++) add(row, block, kx);
    else
      for (let row = 0; row < filterRows; row++)
        for (let block = 0; block < across; block++) add(row, block, kx);
  return table;
}

/** @returns [N, M / B, kw, positions, B] */
function gatherPerImage(
  g: GraphBuilder,
  { value, shape: [n, m, rows, columns] }: Side,
  table: number[],
  kw: number,
): Value {
  const ended = zeroEnded(g, value, [n, m, rows * columns]);
  return g.node("Gather", [ended, int32(g, [kw, table.length / kw], table)], { axis: 1 });
}
