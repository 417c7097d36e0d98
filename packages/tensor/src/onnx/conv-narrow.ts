import { type ConvGeometry, convOutputShape } from "../ops/conv-geometry.js";
import { fromBlocks, int32, nchwc, roundUp, toBlocks } from "./blocked-layout.js";
import { turnedRows } from "./conv-row-taps.js";
import { pixelAt, readTable } from "./gather-taps.js";
import type { GraphBuilder, Value } from "./graph-builder.js";

/** Convolutions of an image with few channels, which the blocked kernels read as it is; they write blocks. */

/** Channels of a pixel in the weight gradient; the missing ones are zero. */
const WIDTH = 4;

export function convolveNarrow(g: GraphBuilder, x: Value, w: Value, geometry: ConvGeometry): Value {
  const { weight, strides, pads, dilations } = geometry;
  const [o, c, kh, kw] = weight as [number, number, number, number];
  const rows = g.node("ReorderInput", [g.reshape(w, [1, o, c * kh * kw, 1])], {}, nchwc);
  const attributes = { kernel_shape: [kh, kw], strides, pads, dilations };
  return fromBlocks(g, g.node("Conv", [x, g.reshape(rows, weight)], attributes, nchwc), o);
}

/** The rows of the kernel that meet every sh-th row of the image from row `phase` on. */
interface Phase {
  readonly phase: number;
  /** Kernel rows, in the order in which their results come out. */
  readonly taps: readonly number[];
  /** Rows of the image in this phase. */
  readonly rows: number;
  readonly top: number;
  readonly bottom: number;
}

function phasesOf({ input, weight, strides, pads, ...rest }: ConvGeometry): Phase[] {
  const [, , oh] = convOutputShape({ input, weight, strides, pads, ...rest }) as [number, number, number];
  const step = strides[0]!;
  return Array.from({ length: step }, (_, phase) => {
    const all = Array.from({ length: weight[2]! }, (_, ky) => ky);
    const met = all.filter((ky) => (ky - pads[0]! - phase) % step === 0);
    const offsets = met.map((ky) => (ky - pads[0]! - phase) / step);
    const rows = Math.ceil((input[2]! - phase) / step);
    const [least, most] = [Math.min(...offsets), Math.max(...offsets)];
    return { phase, taps: met.reverse(), rows, top: most, bottom: rows - oh - least };
  });
}

/** @returns whether {@link slidingWeightGradient} takes this geometry: wide kernels, whole rows of pixels */
export function slides(g: GraphBuilder, geometry: ConvGeometry): boolean {
  const { weight, dilations } = geometry;
  const [, , , ow] = convOutputShape(geometry) as [number, number, number, number];
  return (
    g.block === 16 &&
    weight[3]! > WIDTH &&
    dilations.every((dilation) => dilation === 1) &&
    ow % 4 === 0 &&
    roundUp(ow, g.block) <= 1.15 * ow &&
    phasesOf(geometry).every(({ taps, top, bottom }) => taps.length > 0 && top >= 0 && bottom >= 0)
  );
}

/**
 * The weight gradient by kernels as tall as the image, as in conv-row-taps.ts, one for each phase of the stride. Four
 * neighbouring pixels of four channels are a block of the filter, so that one gather serves four columns of the kernel.
 */
export function slidingWeightGradient(g: GraphBuilder, x: Value, dy: Value, geometry: ConvGeometry): Value {
  const { weight } = geometry;
  const [n, o, oh, ow] = convOutputShape(geometry) as [number, number, number, number];
  const [, c, kh, kw] = weight as [number, number, number, number];
  const across = roundUp(ow, g.block) / g.block;
  const groups = Math.ceil(kw / WIDTH);
  const still = g.reshape(turnedRows(g, { value: dy, shape: [n, o, oh, ow] }, across), [
    1,
    n * across * g.block,
    oh,
    o,
  ]);
  const phases = phasesOf(geometry);
  const products = phases.map((phase) => {
    const filter = phaseFilter(g, x, geometry, phase, across);
    const product = g.node(
      "Conv",
      [still, g.reshape(filter, [n * groups * g.block, across * g.block, phase.rows, 1])],
      { kernel_shape: [phase.rows, 1], pads: [phase.top, 0, phase.bottom, 0], group: n },
      nchwc,
    );
    const length = groups * phase.taps.length * o * g.block;
    const summed = g.node("ReduceSum", [g.reshape(product, [n, length]), g.ints([0])], { keepdims: 0 });
    return g.reshape(summed, [groups, phase.taps.length, o, WIDTH, WIDTH]);
  });
  const met = phases.flatMap(({ taps }) => taps);
  const order = Array.from({ length: kh }, (_, ky) => met.indexOf(ky));
  const rows = g.node("Gather", [g.node("Concat", products, { axis: 1 }), int32(g, [kh], order)], {
    axis: 1,
  });
  // [kx / 4, ky, O, kx % 4, C]
  const turned = g.reshape(g.transpose(rows, [2, 4, 1, 0, 3]), [o, WIDTH, kh, groups * WIDTH]);
  return g.node("Slice", [turned, g.ints([0, 0]), g.ints([c, kw]), g.ints([1, 3])]);
}

/** @returns [N, kx / 4, across, rows, 16 output columns, 4 kernel columns x 4 channels] */
function phaseFilter(
  g: GraphBuilder,
  x: Value,
  { input, weight, strides, pads }: ConvGeometry,
  { phase, rows }: Phase,
  across: number,
): Value {
  const [n, c, h, w] = input as [number, number, number, number];
  const [step, groups] = [strides[1]!, Math.ceil(weight[3]! / WIDTH)];
  const columns = across * g.block;
  const runs = roundUp((columns - 1) * step + groups * WIDTH, WIDTH) / WIDTH;
  const shifts = [...new Set(Array.from({ length: columns }, (_, q) => (q * step) % WIDTH))];
  const source = g.memo(x, "pixel-runs", () => {
    const last = g.transpose(g.reshape(x, [n, c, h * w]), [0, 2, 1]);
    const wide = [0, 0, pads[1]!, 0, 0, 0, runs * WIDTH + WIDTH - w - pads[1]!, WIDTH - c];
    const padded = g.node("Pad", [g.reshape(last, [n, h, w, c]), g.ints(wide)]);
    const copies = shifts.map((shift) =>
      g.reshape(g.node("Slice", [padded, g.ints([shift]), g.ints([shift + runs * WIDTH]), g.ints([2])]), [
        n,
        h * runs,
        WIDTH * WIDTH,
      ]),
    );
    return copies.length === 1 ? copies[0]! : g.node("Concat", copies, { axis: 1 });
  });
  const order = new Int32Array(groups * across * rows * g.block);
  let next = 0;
  for (let group = 0; group < groups; group++)
    for (let block = 0; block < across; block++)
      for (let row = 0; row < rows; row++)
        for (let lane = 0; lane < g.block; lane++) {
          const start = (block * g.block + lane) * step + group * WIDTH;
          const copy = shifts.indexOf(start % WIDTH) * h + phase + row * strides[0]!;
          order[next++] = copy * runs + Math.floor(start / WIDTH);
        }
  return g.node("Gather", [source, int32(g, [order.length], order)], { axis: 1 });
}

/** For other kernels: an im2col by a gather of whole pixels, then one pointwise blocked convolution. */
export function narrowWeightGradient(g: GraphBuilder, x: Value, dy: Value, geometry: ConvGeometry): Value {
  const { input, weight, strides, pads, dilations } = geometry;
  const [n, c, h, w] = input as [number, number, number, number];
  const [, o, oh, ow] = convOutputShape(geometry) as [number, number, number, number];
  const [kh, kw] = [weight[2]!, weight[3]!];
  const [taps, width, p] = [kh * kw, WIDTH, oh * ow];
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
    (_, i) => byTap[(i % taps) * rounded + Math.floor(i / taps)]!,
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
