import { type PoolGeometry, poolOutputShape } from "../ops/pool-geometry.js";
import { fromBlocks, hasBlocks, nchwc, toBlocks } from "./blocked-layout.js";
import type { GraphBuilder, Value } from "./graph-builder.js";

/**
 * Max pooling on the blocked layout. Its gradient goes back through the columns of the windows and then through their rows:
 * the first row that holds the largest element, and in it the first column, is the first in row-major order. Each half
 * knows the largest element by a convolution with a single one as its kernel: x at a tap, minus y, through a steep hard
 * sigmoid, in one pass. What no earlier tap took belongs to the last, which needs no test.
 */

/** Turns 0 into 1 and every negative difference of two normal numbers into 0. */
const EQUAL = { activation: "HardSigmoid", activation_params: { floats: [3e38, 1] } } as const;

/** Windows of two or three taps at every other element, half as many as elements. */
export function fitsHalving(g: GraphBuilder, geometry: PoolGeometry): boolean {
  const output = poolOutputShape(geometry);
  return (
    hasBlocks(g, geometry.input) &&
    [0, 1].every((axis) => {
      const [kernel, pad] = [geometry.kernel[axis]!, geometry.pads[axis]!];
      const halves = output[axis + 2]! * 2 === geometry.input[axis + 2]!;
      return geometry.strides[axis] === 2 && halves && (kernel === 2 || kernel === 3) && pad <= 1;
    })
  );
}

export function blockedMaxPool(
  g: GraphBuilder,
  x: Value,
  { input, kernel, strides, pads }: PoolGeometry,
): Value {
  const y = g.node("MaxPool", [toBlocks(g, x)], { kernel_shape: kernel, strides, pads }, nchwc);
  return fromBlocks(g, y, input[1]!);
}

/** For finite x and windows that {@link fitsHalving}. @returns what each window hands to its first largest element, [N, C, H, W] */
export function halvingScatter(g: GraphBuilder, x: Value, dy: Value, geometry: PoolGeometry): Value {
  const { input, kernel, strides, pads } = geometry;
  const [n, c, h, w] = input as [number, number, number, number];
  const perRow = { kernel: [1, kernel[1]!], strides: [1, strides[1]!], pads: [0, pads[1]!, 0, pads[3]!] };
  const rows = toBlocks(g, blockedMaxPool(g, x, { input, ...perRow }));
  const y = toBlocks(g, blockedMaxPool(g, x, geometry));
  const vertical = { axis: 0, kernel: kernel[0]!, pad: pads[0]!, shape: [n, c, h, w / 2] } as const;
  const toRows = spread(g, vertical, { x: rows, y, dy: toBlocks(g, dy) });
  const horizontal = { axis: 1, kernel: kernel[1]!, pad: pads[1]!, shape: [n, c, h, w] } as const;
  return fromBlocks(g, spread(g, horizontal, { x: toBlocks(g, x), y: rows, dy: toRows }), c);
}

/** The windows along one axis of x. */
interface Windows {
  readonly axis: 0 | 1;
  readonly kernel: number;
  readonly pad: number;
  /** [N, C, H, W] of x */
  readonly shape: readonly [number, number, number, number];
}

interface Pooled {
  readonly x: Value;
  readonly y: Value;
  readonly dy: Value;
}

/** Tap t of window j is element 2 j + t - pad: number j + shift among the even elements, or among the odd ones. */
function spread(g: GraphBuilder, windows: Windows, { x, y, dy }: Pooled): Value {
  const shares: [Value[], Value[]] = [[], []];
  let rest = dy;
  for (let tap = 0; tap < windows.kernel; tap++) {
    const shift = Math.floor((tap - windows.pad) / 2);
    const parity = tap - windows.pad - 2 * shift === 0 ? 0 : 1;
    const there = shift === 0 ? rest : slide(g, windows, rest, shift, 1);
    if (tap === windows.kernel - 1) {
      shares[parity].push(there);
      break;
    }
    const negative = shift === 0 ? g.node("Neg", [y]) : slide(g, windows, y, shift, -1);
    const share = g.node("Mul", [pick(g, windows, x, parity, negative), there]);
    shares[parity].push(share);
    rest = shift === 0 ? g.node("Sub", [rest, share]) : slide(g, windows, share, -shift, -1, rest);
  }
  const [even, odd] = shares.map((parts) => parts.reduce((sum, part) => g.node("Add", [sum, part])));
  return interleave(g, windows, even!, odd!);
}

/** @returns 1 where every other element of x, from the first or second on, makes up for the negative; else 0 */
function pick(g: GraphBuilder, windows: Windows, x: Value, parity: 0 | 1, negative: Value): Value {
  const weights = parity === 0 ? [1] : [0, 1];
  return alongAxis(g, windows, { value: x, weights, stride: 2, pads: [0, 0], sum: negative, after: EQUAL });
}

/** @returns at position i the value of i - shift, or zero; times `sign`, plus `sum` */
function slide(
  g: GraphBuilder,
  windows: Windows,
  value: Value,
  shift: number,
  sign: 1 | -1,
  sum?: Value,
): Value {
  const forward = shift > 0;
  return alongAxis(g, windows, {
    value,
    weights: forward ? [sign, 0] : [0, sign],
    stride: 1,
    pads: forward ? [1, 0] : [0, 1],
    ...(sum === undefined ? {} : { sum }),
  });
}

interface Line {
  readonly value: Value;
  readonly weights: readonly number[];
  readonly stride: number;
  /** before, after */
  readonly pads: readonly [number, number];
  readonly sum?: Value;
  readonly after?: typeof EQUAL;
}

/** One kernel for all channels along one axis. */
function alongAxis(
  g: GraphBuilder,
  { axis, shape: [, c] }: Windows,
  { value, weights, stride, pads: [before, after], sum, after: activation }: Line,
): Value {
  const filter = Float32Array.from(
    { length: c * weights.length },
    (_, i) => weights[Math.floor(i / g.block) % weights.length]!,
  );
  const extents = axis === 0 ? [weights.length, 1] : [1, weights.length];
  const attributes = {
    kernel_shape: extents,
    strides: axis === 0 ? [stride, 1] : [1, stride],
    pads: axis === 0 ? [before, 0, after, 0] : [0, before, 0, after],
    group: c,
    ...activation,
  };
  const inputs = [value, g.floats([c, 1, ...extents], filter), ...(sum === undefined ? [] : [null, sum])];
  return g.node("Conv", inputs, attributes, nchwc);
}

function interleave(g: GraphBuilder, { axis, shape }: Windows, even: Value, odd: Value): Value {
  const width = axis === 0 ? shape[3] * g.block : g.block;
  const lines = [even, odd].map((value) => g.reshape(value, [-1, 1, width]));
  return g.reshape(g.node("Concat", lines, { axis: 1 }), shape);
}
