import type { ConvGeometry } from "../ops/conv-geometry.js";
import { convOutputShape } from "../ops/conv-geometry.js";
import { knownBlocks } from "./blocked-layout.js";
import * as blocked from "./conv-blocked.js";
import {
  depthwiseConvolve,
  depthwiseInputGradient,
  depthwiseWeightGradient,
  isDepthwise,
} from "./conv-depthwise.js";
import { joinedConvolve, joinedInputGradient } from "./conv-joined.js";
import { convolveNarrow } from "./conv-narrow.js";
import { fitsRowTaps, rowTapWeightGradient } from "./conv-row-taps.js";
import * as plain from "./conv-plain.js";
import type { GraphBuilder, Value } from "./graph-builder.js";

/**
 * Chooses how a convolution and its two gradients are written for ONNX Runtime, by the measurements in
 * docs/decisions/0002-convolution-lowering.md. All forms take and give [N, C, H, W]; those that work in blocks remember them,
 * and the plain result is left out where nobody reads it.
 */

/** Below this many output pixels the blocked kernels lose to plain GEMM. */
const BLOCKED_MIN_PIXELS = 64;
/** Below this many output pixels the images are not worth joining. */
const JOINED_MIN_PIXELS = 9;
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
  if (isDepthwise(g, geometry)) return depthwiseConvolve(g, x, w, geometry);
  if (fitsBlocks(g, geometry)) {
    const size = pixels(convOutputShape(geometry));
    const enough = isPointwise(geometry) ? knownBlocks(g, x) !== undefined : size >= BLOCKED_MIN_PIXELS;
    if (enough) return blocked.convolve(g, x, w, geometry);
    if (size >= JOINED_MIN_PIXELS && taps(geometry) > 1) return joinedConvolve(g, x, w, geometry);
  }
  if (fitsNarrow(g, geometry) && taps(geometry) >= NARROW_MIN_TAPS) return convolveNarrow(g, x, w, geometry);
  return plain.convolve(g, x, w, geometry);
}

export function emitInputGradient(g: GraphBuilder, dy: Value, w: Value, geometry: ConvGeometry): Value {
  if (isDepthwise(g, geometry)) return depthwiseInputGradient(g, dy, w, geometry);
  if (isPointwise(geometry) && geometry.groups === 1) {
    return fitsBlocks(g, geometry) && knownBlocks(g, dy) !== undefined
      ? blocked.inputGradient(g, dy, w, geometry)
      : plain.pointwiseInputGradient(g, dy, w, geometry);
  }
  if (fitsBlocks(g, geometry) && pixels(geometry.input) >= MIRRORED_MIN_PIXELS && mirrors(geometry)) {
    return pixels(geometry.input) < BLOCKED_MIN_PIXELS
      ? joinedInputGradient(g, dy, w, geometry)
      : blocked.inputGradient(g, dy, w, geometry);
  }
  return plain.inputGradient(g, dy, w, geometry);
}

export function emitWeightGradient(g: GraphBuilder, x: Value, dy: Value, geometry: ConvGeometry): Value {
  const output = convOutputShape(geometry);
  if (isDepthwise(g, geometry)) return depthwiseWeightGradient(g, x, dy, geometry);
  if (geometry.groups > 1) return plain.groupedWeightGradient(g, x, dy, geometry);
  if (isPointwise(geometry)) return plain.pointwiseWeightGradient(g, x, dy, geometry);
  if (fitsBlocks(g, geometry) && pixels(output) >= GATHER_MIN_PIXELS) {
    if (fitsRowTaps(g, geometry)) return rowTapWeightGradient(g, x, dy, geometry);
    if ([output, geometry.input].every((shape) => blocked.hasPixelBlocks(g, shape[0]!, pixels(shape))))
      return blocked.weightGradient(g, x, dy, geometry);
  }
  return plain.weightGradient(g, x, dy, geometry);
}
