import { type ConvGeometry, convOutputShape } from "../ops/conv-geometry.js";
import { fromBlocks, int32, nchwc, pixelBlocks, roundUp, toBlocks } from "./blocked-layout.js";
import type { GraphBuilder, Value } from "./graph-builder.js";

/** Convolutions by ONNX Runtime's blocked CPU kernels; channels in and out must be divisible by the block. */

const { floor } = Math;

/** [O, C, kh, kw] to the kernels' filter layout [O / B, C / B, kh, kw, B in, B out]. */
function forwardFilter(g: GraphBuilder, w: Value, [o, c, kh, kw]: readonly number[]): Value {
  return g.memo(w, "forward-filter", () => {
    const [b, k] = [g.block, kh! * kw!];
    const rows = g.node("ReorderInput", [g.reshape(w, [1, o!, c! * k, 1])], {}, nchwc);
    if (k === 1) return g.reshape(rows, [o!, c!, 1, 1]);
    const order = Array.from({ length: b * k }, (_, i) => (i % b) * k + floor(i / b));
    const tiles = g.node(
      "Gather",
      [g.reshape(rows, [(o! / b) * (c! / b), b * k, b]), int32(g, [b * k], order)],
      { axis: 1 },
    );
    return g.reshape(tiles, [o!, c!, kh!, kw!]);
  });
}

/** [O, C, kh, kw] to the filter of the mirrored convolution [C / B, O / B, kh, kw (both reversed), B out, B in]. */
function mirroredFilter(g: GraphBuilder, w: Value, [o, c, kh, kw]: readonly number[]): Value {
  return g.memo(w, "mirrored-filter", () => {
    const [b, k] = [g.block, kh! * kw!];
    const rows = g.node("ReorderInput", [g.reshape(w, [o!, c!, k, 1])], {}, nchwc);
    const tiles = g.reshape(rows, [o! / b, b, c! / b, k, b]);
    const reversed = Array.from({ length: k }, (_, i) => k - 1 - i);
    const flipped = k === 1 ? tiles : g.node("Gather", [tiles, int32(g, [k], reversed)], { axis: 3 });
    return g.reshape(g.transpose(flipped, [2, 0, 3, 1, 4]), [c!, o!, kh!, kw!]);
  });
}

export function convolve(g: GraphBuilder, x: Value, w: Value, geometry: ConvGeometry): Value {
  const { weight, strides, pads, dilations } = geometry;
  const attributes = { kernel_shape: weight.slice(2), strides, pads, dilations };
  const y = g.node("Conv", [toBlocks(g, x), forwardFilter(g, w, weight)], attributes, nchwc);
  return fromBlocks(g, y, weight[0]!);
}

/** For few input channels, whose image stays plain: the kernels read it as it is and write blocks. */
export function convolveNarrow(g: GraphBuilder, x: Value, w: Value, geometry: ConvGeometry): Value {
  const { weight, strides, pads, dilations } = geometry;
  const [o, c, kh, kw] = weight as [number, number, number, number];
  const rows = g.node("ReorderInput", [g.reshape(w, [1, o, c * kh * kw, 1])], {}, nchwc);
  const attributes = { kernel_shape: [kh, kw], strides, pads, dilations };
  return fromBlocks(g, g.node("Conv", [x, g.reshape(rows, weight)], attributes, nchwc), o);
}

/** For unit strides and dilations: the convolution of `dy` with the kernel turned round. */
export function inputGradient(g: GraphBuilder, dy: Value, w: Value, { weight, pads }: ConvGeometry): Value {
  const [, c, kh, kw] = weight as [number, number, number, number];
  const mirrored = pads.map((pad, side) => (side % 2 === 0 ? kh : kw) - 1 - pad);
  const attributes = { kernel_shape: [kh, kw], pads: mirrored };
  return fromBlocks(g, g.node("Conv", [toBlocks(g, dy), mirroredFilter(g, w, weight)], attributes, nchwc), c);
}

/** What one side of the product reads at kernel tap (ky, kx) for a pixel of the other; `none` outside. */
type Reader = (row: number, column: number, ky: number, kx: number) => number;

function readTable(
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
function pixelAt(row: number, column: number, rows: number, columns: number): number {
  const inside =
    Number.isInteger(row) &&
    Number.isInteger(column) &&
    row >= 0 &&
    column >= 0 &&
    row < rows &&
    column < columns;
  return inside ? row * columns + column : rows * columns;
}

/**
 * The weight gradient as one pointwise convolution whose "channels" are the pixels: one side, read at every kernel tap
 * through a gather of whole channel blocks, is the filter; the other, in blocks of pixels, the input. No product is
 * wasted and the kernel is the fastest GEMM in the library.
 */
export function weightGradient(g: GraphBuilder, x: Value, dy: Value, geometry: ConvGeometry): Value {
  const { input, weight, strides, pads, dilations } = geometry;
  const [n, c, h, w] = input as [number, number, number, number];
  const [, o, oh, ow] = convOutputShape(geometry) as [number, number, number, number];
  const kernel = weight.slice(2);
  const unit = [...strides, ...dilations].every((step) => step === 1);
  if (unit && o <= c && h * w <= 1.25 * oh * ow) {
    const rounded = roundUp(h * w, g.block);
    const table = readTable(h, w, kernel, rounded, oh * ow, (row, column, ky, kx) =>
      pixelAt(row + pads[0]! - ky, column + pads[1]! - kx, oh, ow),
    );
    const product = tapProduct(g, {
      moved: dy,
      movedShape: [n, o, oh * ow],
      still: x,
      stillShape: [n, c, h * w],
      table,
    });
    return outputMajor(g, product, [o, c, kernel[0]!, kernel[1]!]);
  }
  const rounded = roundUp(oh * ow, g.block);
  const table = readTable(oh, ow, kernel, rounded, h * w, (row, column, ky, kx) =>
    pixelAt(
      row * strides[0]! + ky * dilations[0]! - pads[0]!,
      column * strides[1]! + kx * dilations[1]! - pads[1]!,
      h,
      w,
    ),
  );
  const product = tapProduct(g, {
    moved: x,
    movedShape: [n, c, h * w],
    still: dy,
    stillShape: [n, o, oh * ow],
    table,
  });
  return inputMajor(g, product, [o, c, kernel[0]!, kernel[1]!]);
}

interface TapProduct {
  readonly moved: Value;
  /** [N, M, pixels] */
  readonly movedShape: readonly [number, number, number];
  readonly still: Value;
  /** [N, S, pixels] */
  readonly stillShape: readonly [number, number, number];
  /** [taps, rounded pixels of the still side]: pixel of the moved side, or one past its end for zero */
  readonly table: readonly number[];
}

/**
 * Up to this many pixels the images are joined before the product; above, the table of pixels would be too large and
 * the sum over images costs little.
 */
const JOINED_MAX_PIXELS = 256;

/** @returns [M / B, taps, S, B] summed over images */
function tapProduct(g: GraphBuilder, product: TapProduct): Value {
  const { still, stillShape } = product;
  const input = g.memo(still, "pixel-blocks", () => pixelBlocks(g, still, stillShape));
  if (stillShape[2] <= JOINED_MAX_PIXELS) {
    return g.node("Conv", [input, joinedFilter(g, product)], { kernel_shape: [1, 1] }, nchwc);
  }
  const [n, m, movedPixels] = product.movedShape;
  const rounded = roundUp(stillShape[2], g.block);
  const taps = product.table.length / rounded;
  const blocks = g.memo(product.moved, "zero-ended-blocks", () => {
    const flat = g.reshape(toBlocks(g, product.moved), [n * (m / g.block), movedPixels, g.block]);
    return g.node("Pad", [flat, g.ints([0, 0, 0, 0, 1, 0])]);
  });
  const gathered = g.node("Gather", [blocks, int32(g, [taps, rounded], product.table)], { axis: 1 });
  const filter = g.reshape(gathered, [n * m * taps, rounded, 1, 1]);
  const perImage = g.node("Conv", [input, filter], { kernel_shape: [1, 1], group: n }, nchwc);
  return g.node("ReduceSum", [g.reshape(perImage, [n, m * taps * stillShape[1]]), g.ints([0])], {
    keepdims: 0,
  });
}

/** The moved side at every tap with the pixels of all images in a row: [M * taps, N * rounded pixels, 1, 1]. */
function joinedFilter(g: GraphBuilder, { moved, movedShape, stillShape, table }: TapProduct): Value {
  const [n, m, movedPixels] = movedShape;
  const blocks = m / g.block;
  const rounded = roundUp(stillShape[2], g.block);
  const taps = table.length / rounded;
  const rows = n * blocks * movedPixels;
  const ended = g.memo(moved, "zero-ended-rows", () => {
    return g.node("Pad", [g.reshape(toBlocks(g, moved), [rows, g.block]), g.ints([0, 0, 1, 0])]);
  });
  const order = new Int32Array(blocks * taps * n * rounded);
  let next = 0;
  for (let block = 0; block < blocks; block++)
    for (let tap = 0; tap < taps; tap++)
      for (let image = 0; image < n; image++)
        for (let p = 0; p < rounded; p++) {
          const pixel = table[tap * rounded + p]!;
          order[next++] = pixel === movedPixels ? rows : (image * blocks + block) * movedPixels + pixel;
        }
  const gathered = g.node("Gather", [ended, g.constant("int32", [order.length], order)], { axis: 0 });
  return g.reshape(gathered, [m * taps, n * rounded, 1, 1]);
}

/** [O / B, taps, C, B] to [O, C, kh, kw] */
function outputMajor(
  g: GraphBuilder,
  product: Value,
  [o, c, kh, kw]: readonly [number, number, number, number],
): Value {
  const taps = kh * kw;
  const order = Array.from({ length: taps * c }, (_, i) => (i % taps) * c + floor(i / taps));
  const rows = g.node(
    "Gather",
    [g.reshape(product, [o / g.block, taps * c, g.block]), int32(g, [taps * c], order)],
    { axis: 1 },
  );
  return g.reshape(g.node("ReorderOutput", [g.reshape(rows, [1, o, taps * c, 1])], { channels: o }, nchwc), [
    o,
    c,
    kh,
    kw,
  ]);
}

/** [C / B, taps, O, B] to [O, C, kh, kw] */
function inputMajor(
  g: GraphBuilder,
  product: Value,
  [o, c, kh, kw]: readonly [number, number, number, number],
): Value {
  const tiles = g.transpose(g.reshape(product, [c / g.block, kh * kw, o, g.block]), [2, 0, 1, 3]);
  return g.reshape(g.node("ReorderOutput", [g.reshape(tiles, [o, c, kh * kw, 1])], { channels: c }, nchwc), [
    o,
    c,
    kh,
    kw,
  ]);
}

/** For few input channels: an im2col by a gather of whole pixels, then one pointwise blocked convolution. */
export function narrowWeightGradient(g: GraphBuilder, x: Value, dy: Value, geometry: ConvGeometry): Value {
  const { input, weight, strides, pads, dilations } = geometry;
  const [n, c, h, w] = input as [number, number, number, number];
  const [, o, oh, ow] = convOutputShape(geometry) as [number, number, number, number];
  const [kh, kw] = [weight[2]!, weight[3]!];
  const [taps, width, p] = [kh * kw, roundUp(c, 4), oh * ow];
  const rounded = roundUp(p, g.block);
  const pixels = g.memo(x, "narrow-pixels", () => {
    const last = g.transpose(g.reshape(x, [n, c, h * w]), [0, 2, 1]);
    return g.node("Pad", [last, g.ints([0, 0, 0, 0, 1, width - c])]);
  });
  const byTap = readTable(oh, ow, [kh, kw], rounded, h * w, (row, column, ky, kx) =>
    pixelAt(
      row * strides[0]! + ky * dilations[0]! - pads[0]!,
      column * strides[1]! + kx * dilations[1]! - pads[1]!,
      h,
      w,
    ),
  );
  const table = Array.from(
    { length: rounded * taps },
    (_, i) => byTap[(i % taps) * rounded + floor(i / taps)]!,
  );
  const columns = g.node("Gather", [pixels, int32(g, [rounded, taps], table)], { axis: 1 });
  const still = g.node("ReorderInput", [g.reshape(columns, [n, rounded, taps * width, 1])], {}, nchwc);
  const blocks = g.reshape(toBlocks(g, dy), [n * (o / g.block), p, g.block]);
  const filter = rounded === p ? blocks : g.node("Pad", [blocks, g.ints([0, 0, 0, 0, rounded - p, 0])]);
  const perImage = g.node(
    "Conv",
    [g.reshape(still, [1, n * rounded, taps * width, 1]), g.reshape(filter, [n * o, rounded, 1, 1])],
    { kernel_shape: [1, 1], group: n },
    nchwc,
  );
  const summed = g.node("ReduceSum", [g.reshape(perImage, [n, o * taps * width]), g.ints([0])], {
    keepdims: 0,
  });
  const rows = g.node("ReorderOutput", [g.reshape(summed, [1, o, taps * width, 1])], { channels: o }, nchwc);
  const kept = g.node("Slice", [g.reshape(rows, [o, taps, width]), g.ints([0]), g.ints([c]), g.ints([2])]);
  return g.reshape(g.transpose(kept, [0, 2, 1]), [o, c, kh, kw]);
}
