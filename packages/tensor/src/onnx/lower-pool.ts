import { type PoolGeometry, poolOutputShape } from "../ops/pool-geometry.js";
import { sizeOf } from "../shape.js";
import { hasBlocks, knownBlocks } from "./blocked-layout.js";
import { blockedMaxPool, fitsHalving, halvingScatter } from "./blocked-max-pool.js";
import type { GraphBuilder, Value } from "./graph-builder.js";

/** Max pooling and what goes back through it: the first largest element of each window takes all. */

const poolAttributes = ({ kernel, strides, pads }: PoolGeometry) => ({ kernel_shape: kernel, strides, pads });

export function emitMaxPool(g: GraphBuilder, x: Value, geometry: PoolGeometry): Value {
  if (hasBlocks(g, geometry.input) && knownBlocks(g, x) !== undefined) return blockedMaxPool(g, x, geometry);
  return g.node("MaxPool", [x], poolAttributes(geometry));
}

/** @returns flat positions of the largest elements in [N * C * H * W], int64 */
function positions(g: GraphBuilder, x: Value, geometry: PoolGeometry): Value {
  const indices = g.nodeOutputs("MaxPool", [x], poolAttributes(geometry), { outputs: 2 })[1]!;
  return g.reshape(indices, [sizeOf(poolOutputShape(geometry))]);
}

/** Hands each window's `dy` to its largest element: [N, C, OH, OW] to [N, C, H, W]. */
export function emitMaxPoolScatter(g: GraphBuilder, x: Value, dy: Value, geometry: PoolGeometry): Value {
  if (g.target === "portable") return portableScatter(g, x, dy, geometry);
  if (fitsHalving(g, geometry)) return halvingScatter(g, x, dy, geometry);
  const length = sizeOf(geometry.input);
  const zeros = g.node("ConstantOfShape", [g.ints([length])]);
  const flat = g.reshape(dy, [sizeOf(poolOutputShape(geometry))]);
  const spread = g.node("ScatterElements", [zeros, positions(g, x, geometry), flat], {
    axis: 0,
    reduction: "add",
  });
  return g.reshape(spread, geometry.input);
}

/** Takes what stands where each window's largest element is: [N, C, H, W] to [N, C, OH, OW]. */
export function emitMaxPoolTake(g: GraphBuilder, x: Value, from: Value, geometry: PoolGeometry): Value {
  const output = poolOutputShape(geometry);
  if (g.target === "portable") {
    const taken = tapMasks(g, x, geometry).map(({ mask, rows, columns }) =>
      g.node("Mul", [mask, pick(g, from, rows, columns)]),
    );
    return taken.reduce((sum, term) => g.node("Add", [sum, term]));
  }
  return g.reshape(
    g.node("Gather", [g.reshape(from, [sizeOf(geometry.input)]), positions(g, x, geometry)]),
    output,
  );
}

function portableScatter(g: GraphBuilder, x: Value, dy: Value, geometry: PoolGeometry): Value {
  const parts = tapMasks(g, x, geometry).map(({ mask, rows, columns }) =>
    g.node("MatMul", [g.transpose(rows, [1, 0]), g.node("MatMul", [g.node("Mul", [mask, dy]), columns])]),
  );
  return parts.reduce((sum, term) => g.node("Add", [sum, term]));
}

interface Tap {
  /** 1 where this tap holds the first largest element of the window, [N, C, OH, OW] */
  readonly mask: Value;
  /** 0/1 [OH, H] and [OW, W]: which input row and column each window has at this tap */
  readonly rows: Value;
  readonly columns: Value;
}

function pick(g: GraphBuilder, value: Value, rows: Value, columns: Value): Value {
  return g.node("MatMul", [rows, g.node("MatMul", [value, g.transpose(columns, [1, 0])])]);
}

/** By selection matrices alone, so that it runs where indices from pooling do not. */
function tapMasks(g: GraphBuilder, x: Value, geometry: PoolGeometry): Tap[] {
  const { input, kernel, strides, pads } = geometry;
  const output = poolOutputShape(geometry);
  const y = emitMaxPool(g, x, geometry);
  const select = (axis: 0 | 1, tap: number) => {
    const [to, from] = [output[axis + 2]!, input[axis + 2]!];
    const data = new Float32Array(to * from);
    for (let i = 0; i < to; i++) {
      const at = i * strides[axis]! + tap - pads[axis]!;
      if (at >= 0 && at < from) data[i * from + at] = 1;
    }
    return {
      matrix: g.constant("float32", [to, from], data),
      inside: g.constant("float32", [to, 1], data.length === 0 ? data : rowSums(data, from)),
    };
  };
  const taps: Tap[] = [];
  let open = g.constant("float32", [1, 1, 1, 1], new Float32Array([1]));
  for (let ky = 0; ky < kernel[0]!; ky++)
    for (let kx = 0; kx < kernel[1]!; kx++) {
      const [rows, columns] = [select(0, ky), select(1, kx)];
      const equal = g.node("Cast", [g.node("Equal", [pick(g, x, rows.matrix, columns.matrix), y])], {
        to: 1,
      });
      const inside = g.node("MatMul", [rows.inside, g.transpose(columns.inside, [1, 0])]);
      const mask = g.node("Mul", [g.node("Mul", [equal, inside]), open]);
      open = g.node("Sub", [open, mask]);
      taps.push({ mask, rows: rows.matrix, columns: columns.matrix });
    }
  return taps;
}

function rowSums(data: Float32Array, width: number): Float32Array {
  return Float32Array.from({ length: data.length / width }, (_, row) =>
    data.subarray(row * width, (row + 1) * width).reduce((sum, value) => sum + value, 0),
  );
}
