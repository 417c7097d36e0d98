import type { ConvGeometry } from "../ops/conv-geometry.js";
import { convOutputShape } from "../ops/conv-geometry.js";
import * as blocked from "./conv-blocked.js";
import { depthwiseInputGradient, depthwiseWeightGradient, isDepthwise } from "./conv-depthwise.js";
import * as plain from "./conv-plain.js";
import type { GraphBuilder, Value } from "./graph-builder.js";

/**
 * Chooses how a convolution and its two gradients are written for ONNX Runtime, by the measurements in
 * docs/decisions/0002-convolution-lowering.md. All forms take and give plain [N, C, H, W].
 */

/** Below this many output pixels the blocked kernels lose to plain GEMM. */
const BLOCKED_MIN_PIXELS = 64;
/** ConvTranspose is so much slower than a convolution that the blocked form wins down to here. */
const MIRRORED_MIN_PIXELS = 9;
/** Below this many output pixels per image the weight gradient is one GEMM over all images. */
const GATHER_MIN_PIXELS = 9;

/** With fewer taps the plain convolution of an image with few channels is faster. */
const NARROW_MIN_TAPS = 25;

function fitsNarrow(g: GraphBuilder, { input, weight, groups }: ConvGeometry): boolean {
  return g.target === "cpu" && g.block > 0 && groups === 1 && input[1]! <= 4 && weight[0]! % g.block === 0;
}

function taps({ weight }: ConvGeometry): number {
  return weight[2]! * weight[3]!;
}

function fitsBlocks(g: GraphBuilder, { input, weight, groups }: ConvGeometry): boolean {
  return (
    g.target === "cpu" &&
    g.block > 0 &&
    groups === 1 &&
    input[1]! % g.block === 0 &&
    weight[0]! % g.block === 0
  );
}

function pixels(shape: readonly number[]): number {
  return shape[2]! * shape[3]!;
}

/** Unit strides and dilations and a pad smaller than the kernel: the gradient is again an ordinary convolution. */
function mirrors({ weight, strides, dilations, pads }: ConvGeometry): boolean {
  return (
    strides.every((s) => s === 1) &&
    dilations.every((d) => d === 1) &&
    pads.every((pad, side) => pad < weight[2 + (side % 2)]!)
  );
}

function isPointwise({ weight, strides, pads }: ConvGeometry): boolean {
  return (
    weight[2] === 1 && weight[3] === 1 && strides.every((s) => s === 1) && pads.every((pad) => pad === 0)
  );
}

export function emitConv(g: GraphBuilder, x: Value, w: Value, geometry: ConvGeometry): Value {
  const output = convOutputShape(geometry);
  if (fitsBlocks(g, geometry) && pixels(output) >= BLOCKED_MIN_PIXELS && !isPointwise(geometry)) {
    return blocked.convolve(g, x, w, geometry);
  }
  if (fitsNarrow(g, geometry) && taps(geometry) >= NARROW_MIN_TAPS)
    return blocked.convolveNarrow(g, x, w, geometry);
  return plain.convolve(g, x, w, geometry);
}

export function emitInputGradient(g: GraphBuilder, dy: Value, w: Value, geometry: ConvGeometry): Value {
  if (isDepthwise(g, geometry)) return depthwiseInputGradient(g, dy, w, geometry);
  if (isPointwise(geometry) && geometry.groups === 1) return plain.pointwiseInputGradient(g, dy, w, geometry);
  if (fitsBlocks(g, geometry) && pixels(geometry.input) >= MIRRORED_MIN_PIXELS && mirrors(geometry)) {
    return blocked.inputGradient(g, dy, w, geometry);
  }
  return plain.inputGradient(g, dy, w, geometry);
}

export function emitWeightGradient(g: GraphBuilder, x: Value, dy: Value, geometry: ConvGeometry): Value {
  const output = convOutputShape(geometry);
  if (isDepthwise(g, geometry)) return depthwiseWeightGradient(g, x, dy, geometry);
  if (geometry.groups > 1) return plain.groupedWeightGradient(g, x, dy, geometry);
  if (isPointwise(geometry)) return plain.pointwiseWeightGradient(g, x, dy, geometry);
  if (
    fitsBlocks(g, geometry) &&
    pixels(output) >= GATHER_MIN_PIXELS &&
    pixels(output) % 4 === 0 &&
    pixels(geometry.input) % 4 === 0
  )
    return blocked.weightGradient(g, x, dy, geometry);
  return plain.weightGradient(g, x, dy, geometry);
}
