import { type ConvGeometry, convOutputShape } from "../ops/conv-geometry.js";
import { sizeOf } from "../shape.js";
import { fromBlocks, nchwc, roundUp } from "./blocked-layout.js";
import { gradientFilter } from "./conv-blocked.js";
import { joinedTaps, pixelAt, readTable, takeRows, tapsByPixel } from "./gather-taps.js";
import type { GraphBuilder, Value } from "./graph-builder.js";

/**
 * Convolutions of small maps. The blocked kernels would read the whole filter again for every row of every image, so the
 * pixels of all images, gathered at every tap, go through one product.
 */

const { floor } = Math;

/** The weights are used as they are. Any strides, pads and dilations. */
export function joinedConvolve(g: GraphBuilder, x: Value, w: Value, geometry: ConvGeometry): Value {
  const { input, weight, strides, pads, dilations } = geometry;
  const [n, c, h, width] = input as [number, number, number, number];
  const output = convOutputShape(geometry);
  const [, o, oh, ow] = output as [number, number, number, number];
  const kernel = weight.slice(2);
  const taps = sizeOf(kernel);
  const table = readTable(oh, ow, kernel, oh * ow, h * width, (row, column, ky, kx) =>
    pixelAt(
      row * strides[0]! + ky * dilations[0]! - pads[0]!,
      column * strides[1]! + kx * dilations[1]! - pads[1]!,
      h,
      width,
    ),
  );
  const rows = n * oh * ow;
  const blocks = g.reshape(tapsByPixel(g, x, [n, c, h * width], table, taps), [rows, c, taps, 1]);
  const columns = g.node("ReorderOutput", [blocks], { channels: c }, nchwc);
  const product = g.node("Gemm", [g.reshape(columns, [rows, c * taps]), g.reshape(w, [o, c * taps])], {
    transB: 1,
  });
  const last = g.node("ReorderInput", [g.reshape(product, [n, oh, ow, o])], { channels_last: 1 }, nchwc);
  return fromBlocks(g, last, o);
}

/** A pointwise convolution with the pixels of all images in a row. Unit strides and dilations. */
export function joinedInputGradient(g: GraphBuilder, dy: Value, w: Value, geometry: ConvGeometry): Value {
  const { input, weight, pads } = geometry;
  const [n, c, h, width] = input as [number, number, number, number];
  const [, o, oh, ow] = convOutputShape(geometry) as [number, number, number, number];
  const [kernel, pixels, blocks] = [weight.slice(2), h * width, c / g.block];
  const table = readTable(h, width, kernel, pixels, oh * ow, (row, column, ky, kx) =>
    pixelAt(row + pads[0]! - ky, column + pads[1]! - kx, oh, ow),
  );
  const taps = sizeOf(kernel);
  const length = roundUp(n * pixels, g.block);
  const columns = g.reshape(joinedTaps(g, dy, [n, o, oh * ow], table, taps), [1, o * taps, length, 1]);
  const filter = g.reshape(gradientFilter(g, w, weight, "forward"), [c, o * taps, 1, 1]);
  const joined = g.node("Conv", [columns, filter], { kernel_shape: [1, 1] }, nchwc);
  const order = Int32Array.from({ length: n * blocks * pixels }, (_, i) => {
    const [image, block] = [floor(i / (blocks * pixels)), floor(i / pixels) % blocks];
    return block * length + image * pixels + (i % pixels);
  });
  return fromBlocks(g, g.reshape(takeRows(g, joined, order), input), c);
}
