import { add, conv2d, reshape, type Tensor } from "@hermes-us/tensor";
import type { Scope } from "./scope.js";

export interface ConvLayerOptions {
  readonly outChannels: number;
  /** Rows and columns of the window. */
  readonly kernel: number;
  readonly stride?: number;
  /** top, left, bottom, right; default: the window centred, (kernel - 1) / 2 on every side */
  readonly pads?: readonly [number, number, number, number];
  readonly groups?: number;
  readonly bias: "none" | "learned";
}

/**
 * A convolution with its own weights, named `weight` and `bias` as in PyTorch.
 * @param x [N, C, H, W]
 * @returns [N, outChannels, H', W']
 */
export function convLayer(scope: Scope, x: Tensor, options: ConvLayerOptions): Tensor {
  const { outChannels, kernel, stride = 1, groups = 1 } = options;
  const margin = (kernel - 1) / 2;
  const perGroup = x.shape[1]! / groups;
  const fanIn = perGroup * kernel * kernel;
  const weight = scope.parameter("weight", [outChannels, perGroup, kernel, kernel], {
    kind: "he-normal",
    fanIn,
  });
  const y = conv2d(x, weight, {
    strides: [stride, stride],
    pads: options.pads ?? [margin, margin, margin, margin],
    groups,
  });
  if (options.bias === "none") return y;
  const bias = scope.parameter("bias", [outChannels], { kind: "constant", value: 0 });
  return add(y, reshape(bias, [outChannels, 1, 1]));
}

/**
 * TensorFlow's SAME padding of an image: where the window cannot be centred, the odd pixel goes to the end.
 * @param x [N, C, H, W]
 * @returns top, left, bottom, right
 */
export function tensorflowSamePads(
  x: Tensor,
  kernel: number,
  stride: number,
): [number, number, number, number] {
  const total = (extent: number): number =>
    Math.max((Math.ceil(extent / stride) - 1) * stride + kernel - extent, 0);
  const [rows, columns] = [total(x.shape[2]!), total(x.shape[3]!)];
  const [top, left] = [Math.floor(rows / 2), Math.floor(columns / 2)];
  return [top, left, rows - top, columns - left];
}
