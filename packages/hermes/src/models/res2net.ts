/**
 * Res2Net-50 and -101, version 1b, 26 wide, 4 scales. Gao et al. 2019, https://arxiv.org/abs/1904.01169;
 * v1b of the authors' repository (Res2Net-PretrainedModels): a stem of three 3x3 convolutions, shortcuts that average
 * before their 1x1 convolution. Names as there.
 */
import { add, averagePool2d, concat, relu, split, type Tensor } from "@hermes-us/tensor";
import { convLayer } from "../nn/conv-layer.js";
import { batchNormLayer } from "../nn/norm-layer.js";
import type { Scope } from "../nn/scope.js";
import { pooledStem } from "./resnet.js";

export interface Res2NetVariant {
  readonly repeats: readonly [number, number, number, number];
}

/** A layer's place, from the stem, 0, to the last, 4. */
export type Res2NetStage = 0 | 1 | 2 | 3 | 4;

interface UnitGeometry {
  readonly outChannels: number;
  readonly kernel: number;
  readonly stride: number;
}

function unit(scope: Scope, x: Tensor, conv: string, norm: string, geometry: UnitGeometry): Tensor {
  return batchNormLayer(scope.child(norm), convLayer(scope.child(conv), x, { ...geometry, bias: "none" }));
}

interface BlockOptions {
  readonly planes: number;
  readonly stride: number;
  /** The first block of a layer treats its scales apart; the others add each to the next. */
  readonly kind: "stage" | "normal";
}

function scales(scope: Scope, x: Tensor, width: number, { stride, kind }: BlockOptions): Tensor {
  const parts = split(x, 1, new Array<number>(SCALES).fill(width));
  const outputs: Tensor[] = [];
  for (let i = 0; i < SCALES - 1; i++) {
    const before = kind === "stage" ? undefined : outputs[i - 1];
    const joined = before === undefined ? parts[i]! : add(before, parts[i]!);
    const geometry = { outChannels: width, kernel: 3, stride };
    outputs.push(relu(unit(scope, joined, `convs.${i}`, `bns.${i}`, geometry)));
  }
  const last = parts[SCALES - 1]!;
  outputs.push(
    kind === "stage"
      ? averagePool2d(last, { kernel: [3, 3], strides: [stride, stride], pads: [1, 1, 1, 1] })
      : last,
  );
  return concat(outputs, 1);
}

function shortcut(scope: Scope, x: Tensor, outChannels: number, { stride, kind }: BlockOptions): Tensor {
  if (kind === "normal") return x;
  const smaller = stride === 1 ? x : averagePool2d(x, { kernel: [stride, stride] });
  return unit(scope.child("downsample"), smaller, "1", "2", { outChannels, kernel: 1, stride: 1 });
}

function bottle2neck(scope: Scope, x: Tensor, options: BlockOptions): Tensor {
  const width = Math.floor((options.planes * BASE_WIDTH) / 64);
  const outChannels = options.planes * EXPANSION;
  const wide = relu(unit(scope, x, "conv1", "bn1", { outChannels: width * SCALES, kernel: 1, stride: 1 }));
  const scaled = scales(scope, wide, width, options);
  const third = unit(scope, scaled, "conv3", "bn3", { outChannels, kernel: 1, stride: 1 });
  return relu(add(third, shortcut(scope, x, outChannels, options)));
}

function deepStem(scope: Scope, x: Tensor): Tensor {
  const conv1 = scope.child("conv1");
  const first = relu(unit(conv1, x, "0", "1", { outChannels: STEM_CHANNELS / 2, kernel: 3, stride: 2 }));
  const second = relu(unit(conv1, first, "3", "4", { outChannels: STEM_CHANNELS / 2, kernel: 3, stride: 1 }));
  const third = convLayer(conv1.child("6"), second, { outChannels: STEM_CHANNELS, kernel: 3, bias: "none" });
  return relu(batchNormLayer(scope.child("bn1"), third));
}

/**
 * The stages of a Res2Net v1b without its last layer.
 * @param x [N, 3, H, W]
 * @returns one map per stage: the stem before its pooling (stride 2), then layers 1 to `lastStage` (strides 4 to 32)
 */
export function res2NetStages(
  scope: Scope,
  x: Tensor,
  { repeats }: Res2NetVariant,
  lastStage: Res2NetStage,
): Tensor[] {
  const stages = [deepStem(scope, x)];
  for (let stage = 1; stage <= lastStage; stage++) {
    let y = stage === 1 ? pooledStem(stages[0]!) : stages[stage - 1]!;
    for (let i = 0; i < repeats[stage - 1]!; i++) {
      y = bottle2neck(scope.child(`layer${stage}.${i}`), y, {
        planes: STEM_CHANNELS * 2 ** (stage - 1),
        stride: stage > 1 && i === 0 ? 2 : 1,
        kind: i === 0 ? "stage" : "normal",
      });
    }
    stages.push(y);
  }
  return stages;
}

const STEM_CHANNELS = 64;
const EXPANSION = 4;
const SCALES = 4;
const BASE_WIDTH = 26;

export const res2Nets = Object.freeze({
  "res2net-50-v1b": { repeats: [3, 4, 6, 3] },
  "res2net-101-v1b": { repeats: [3, 4, 23, 3] },
} as const satisfies Record<string, Res2NetVariant>);
