/**
 * MobileNetV2. Sandler et al. 2018, https://arxiv.org/abs/1801.04381, table 2.
 * Names follow the blocks in order (`stem`, `blocks.<i>.{expand,depthwise,project}`, `head`), not a framework.
 */
import { add, relu6, type Tensor } from "@hermes-us/tensor";
import { tensorflowSamePads } from "../nn/conv-layer.js";
import type { ConvUnit } from "../nn/conv-norm.js";
import type { Scope } from "../nn/scope.js";

/** `tensorflow`: the odd pixel of a strided window's padding at the end; `torch`: one pixel on every side. */
export type StridePadding = "tensorflow" | "torch";

export interface MobileNetV2Options {
  /** Convolution with batch norm, or folded. */
  readonly unit: ConvUnit;
  readonly padding: StridePadding;
}

function convUnit(
  scope: Scope,
  x: Tensor,
  { unit, padding }: MobileNetV2Options,
  geometry: { outChannels: number; kernel: number; stride: number; groups?: number },
): Tensor {
  const pads = padding === "tensorflow" ? tensorflowSamePads(x, geometry.kernel, geometry.stride) : undefined;
  return unit(scope, x, pads === undefined ? geometry : { ...geometry, pads });
}

function invertedResidual(scope: Scope, x: Tensor, block: Block, options: MobileNetV2Options): Tensor {
  const inChannels = x.shape[1]!;
  const wide = inChannels * block.expansion;
  const expanded =
    block.expansion === 1
      ? x
      : relu6(convUnit(scope.child("expand"), x, options, { outChannels: wide, kernel: 1, stride: 1 }));
  const filtered = relu6(
    convUnit(scope.child("depthwise"), expanded, options, {
      outChannels: wide,
      kernel: 3,
      stride: block.stride,
      groups: wide,
    }),
  );
  const y = convUnit(scope.child("project"), filtered, options, {
    outChannels: block.outChannels,
    kernel: 1,
    stride: 1,
  });
  return block.stride === 1 && inChannels === block.outChannels ? add(x, y) : y;
}

export interface StagedMobileNetV2 {
  readonly options: MobileNetV2Options;
  /** The first block that is made, counted from 0. */
  readonly start: number;
  /** The first block that is not made. */
  readonly end: number;
  /** Is given each block's output and its number, and returns what the next block gets. */
  readonly between?: (block: number, y: Tensor) => Tensor;
}

/**
 * The stem: 3x3, stride 2.
 * @param x [N, 3, H, W]
 * @returns [N, 32, H / 2, W / 2]
 */
export function mobileNetV2Stem(scope: Scope, x: Tensor, options: MobileNetV2Options): Tensor {
  return relu6(
    convUnit(scope.child("stem"), x, options, { outChannels: STEM_CHANNELS, kernel: 3, stride: 2 }),
  );
}

/**
 * Consecutive blocks, without activation after the last convolution of each.
 * @param x the stem's output where `start` is 0, else that of block `start - 1`
 * @returns the output of every block made, by its number
 */
export function mobileNetV2Blocks(
  scope: Scope,
  x: Tensor,
  { options, start, end, between }: StagedMobileNetV2,
): ReadonlyMap<number, Tensor> {
  const outputs = new Map<number, Tensor>();
  let current = x;
  for (let index = start; index < end; index++) {
    const block = scope.child("blocks").child(String(index));
    const y = invertedResidual(block, current, mobileNetV2BlockList[index]!, options);
    outputs.set(index, y);
    current = between === undefined ? y : between(index, y);
  }
  return outputs;
}

/**
 * The 1x1 convolution after the last block.
 * @param x [N, 320, h, w]
 * @returns [N, 1280, h, w]
 */
export function mobileNetV2Head(scope: Scope, x: Tensor, options: MobileNetV2Options): Tensor {
  return relu6(
    convUnit(scope.child("head"), x, options, { outChannels: HEAD_CHANNELS, kernel: 1, stride: 1 }),
  );
}

interface Block {
  readonly expansion: number;
  readonly outChannels: number;
  readonly stride: number;
}

const STEM_CHANNELS = 32;
const HEAD_CHANNELS = 1280;

/** expansion, channels, repeats, stride of the first (table 2) */
const STAGES: readonly (readonly [number, number, number, number])[] = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
];

const mobileNetV2BlockList: readonly Block[] = STAGES.flatMap(([expansion, outChannels, repeats, stride]) =>
  Array.from({ length: repeats }, (_, repeat) => ({
    expansion,
    outChannels,
    stride: repeat === 0 ? stride : 1,
  })),
);

export const MOBILENET_V2_BLOCKS = mobileNetV2BlockList.length;

/** The last block at each stride. */
export const mobileNetV2Taps = Object.freeze({ 2: 0, 4: 2, 8: 5, 16: 12, 32: 16 });
