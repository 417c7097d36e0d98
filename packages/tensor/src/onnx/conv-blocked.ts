import { type ConvGeometry, convOutputShape } from "../ops/conv-geometry.js";
import { joinedTaps, pixelAt, readTable, takeRows, zeroEnded } from "./gather-taps.js";
import { channelsLast, fromBlocks, int32, nchwc, pixelBlocks, roundUp, toBlocks } from "./blocked-layout.js";
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

type TapDirection = "reversed" | "forward";

/** [O, C, kh, kw] to the filter of the gradient's convolution [C / B, O / B, kh, kw, B out, B in]. */
export function gradientFilter(
  g: GraphBuilder,
  w: Value,
  [o, c, kh, kw]: readonly number[],
  direction: TapDirection,
): Value {
  return g.memo(w, `${direction}-gradient-filter`, () => {
    const [b, k] = [g.block, kh! * kw!];
    const rows = k === 1 ? w : g.node("ReorderInput", [g.reshape(w, [o!, c!, k, 1])], {}, nchwc);
    return g.reshape(takeRows(g, rows, gradientOrder(b, [o!, c!, k], direction)), [c!, o!, kh!, kw!]);
  });
}

/** For each row of [C / B, O / B, taps, B], its position in [O, C / B, taps]. */
function gradientOrder(
  b: number,
  [o, c, taps]: readonly [number, number, number],
  direction: TapDirection,
): Int32Array {
  const blocks = c / b;
  const order = new Int32Array(blocks * o * taps);
  let next = 0;
  for (let block = 0; block < blocks; block++)
    for (let first = 0; first < o; first += b)
      for (let i = 0; i < taps; i++) {
        const tap = direction === "forward" ? i : taps - 1 - i;
        for (let lane = 0; lane < b; lane++) order[next++] = ((first + lane) * blocks + block) * taps + tap;
      }
  return order;
}

export function convolve(g: GraphBuilder, x: Value, w: Value, geometry: ConvGeometry): Value {
  const { weight, strides, pads, dilations } = geometry;
  const attributes = { kernel_shape: weight.slice(2), strides, pads, dilations };
  const y = g.node("Conv", [toBlocks(g, x), forwardFilter(g, w, weight)], attributes, nchwc);
  return fromBlocks(g, y, weight[0]!);
}

/** For unit strides and dilations: the convolution of `dy` with the kernel turned round. */
export function inputGradient(g: GraphBuilder, dy: Value, w: Value, { weight, pads }: ConvGeometry): Value {
  const [, c, kh, kw] = weight as [number, number, number, number];
  const mirrored = pads.map((pad, side) => (side % 2 === 0 ? kh : kw) - 1 - pad);
  const attributes = { kernel_shape: [kh, kw], pads: mirrored };
  return fromBlocks(
    g,
    g.node("Conv", [toBlocks(g, dy), gradientFilter(g, w, weight, "reversed")], attributes, nchwc),
    c,
  );
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
    const table = readTable(h, w, kernel, positionsFor(g, n, h * w), oh * ow, (row, column, ky, kx) =>
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
  const table = readTable(oh, ow, kernel, positionsFor(g, n, oh * ow), h * w, (row, column, ky, kx) =>
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
  /** [taps, positions for the still side]: pixel of the moved side, or one past its end for zero */
  readonly table: readonly number[];
}

/**
 * Up to this many pixels the images are joined before the product; above, the table of pixels would be too large and
 * the sum over images costs little.
 */
const JOINED_MAX_PIXELS = 256;

/** Small maps that fill no whole blocks: the pixels of all images together are rounded up, not those of each. */
function isTight(g: GraphBuilder, n: number, pixels: number): boolean {
  return pixels <= JOINED_MAX_PIXELS && pixels % g.block !== 0 && (n * pixels) % 4 === 0;
}

function positionsFor(g: GraphBuilder, n: number, pixels: number): number {
  return isTight(g, n, pixels) ? pixels : roundUp(pixels, g.block);
}

/** @returns whether the pixels of the side that is not moved can be put in blocks: in fours, of an image or of all */
export function hasPixelBlocks(g: GraphBuilder, n: number, pixels: number): boolean {
  return pixels % 4 === 0 || isTight(g, n, pixels);
}

/** @returns [M / B, taps, S, B] summed over images */
function tapProduct(g: GraphBuilder, product: TapProduct): Value {
  const { still, stillShape, moved, movedShape, table } = product;
  const taps = table.length / positionsFor(g, stillShape[0], stillShape[2]);
  if (isTight(g, stillShape[0], stillShape[2])) {
    const [images, channels, pixels] = stillShape;
    const rows = g.reshape(channelsLast(g, still, [images, channels, pixels]), [
      1,
      images * pixels,
      channels,
      1,
    ]);
    const blocks = g.memo(still, "tight-pixel-blocks", () => g.node("ReorderInput", [rows], {}, nchwc));
    return g.node(
      "Conv",
      [blocks, joinedTaps(g, moved, movedShape, table, taps)],
      { kernel_shape: [1, 1] },
      nchwc,
    );
  }
  const input = g.memo(still, "pixel-blocks", () => pixelBlocks(g, still, stillShape));
  if (stillShape[2] <= JOINED_MAX_PIXELS) {
    const filter = joinedTaps(g, moved, movedShape, table, taps);
    return g.node("Conv", [input, filter], { kernel_shape: [1, 1] }, nchwc);
  }
  const [n, m, movedPixels] = movedShape;
  const rounded = roundUp(stillShape[2], g.block);
  const ended = zeroEnded(g, moved, [n, m, movedPixels]);
  const gathered = g.node("Gather", [ended, int32(g, [taps, rounded], table)], { axis: 1 });
  const filter = g.reshape(gathered, [n * m * taps, rounded, 1, 1]);
  const perImage = g.node("Conv", [input, filter], { kernel_shape: [1, 1], group: n }, nchwc);
  return g.node("ReduceSum", [g.reshape(perImage, [n, m * taps * stillShape[1]]), g.ints([0])], {
    keepdims: 0,
  });
}

/** Where each tap of the kernel, in row-major order, stands in a product. */
export type TapOrder = readonly number[];

const inOrder = (taps: number): TapOrder => Array.from({ length: taps }, (_, tap) => tap);

/** [O / B, taps, C, B] to [O, C, kh, kw] */
export function outputMajor(
  g: GraphBuilder,
  product: Value,
  [o, c, kh, kw]: readonly [number, number, number, number],
  tapOrder = inOrder(kh * kw),
): Value {
  const taps = kh * kw;
  const order = Array.from({ length: taps * c }, (_, i) => tapOrder[i % taps]! * c + floor(i / taps));
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
export function inputMajor(
  g: GraphBuilder,
  product: Value,
  [o, c, kh, kw]: readonly [number, number, number, number],
  tapOrder = inOrder(kh * kw),
): Value {
  const taps = kh * kw;
  const rows = (c / g.block) * taps;
  const order = Int32Array.from({ length: o * rows }, (_, i) => {
    const row = i % rows;
    return (row - (row % taps) + tapOrder[row % taps]!) * o + floor(i / rows);
  });
  const tiles = takeRows(g, product, order);
  return g.reshape(g.node("ReorderOutput", [g.reshape(tiles, [o, c, taps, 1])], { channels: c }, nchwc), [
    o,
    c,
    kh,
    kw,
  ]);
}
