/**
 * ResNet-18, -34 and -50. He et al. 2016, https://arxiv.org/abs/1512.03385, table 1.
 * Names and the place of the stride (the 3x3 convolution of a bottleneck) as in torchvision.
 */
import { add, maxPool2d, relu, type Tensor } from "@hermes-us/tensor";
import { convLayer } from "../nn/conv-layer.js";
import { batchNormLayer } from "../nn/norm-layer.js";
import type { Scope } from "../nn/scope.js";

export interface ResNetVariant {
  readonly block: "basic" | "bottleneck";
  readonly repeats: readonly [number, number, number, number];
}

/** A layer's place, from the stem, 0, to the last, 4. */
export type ResNetStage = 0 | 1 | 2 | 3 | 4;

export interface ResNetOptions {
  /** The last stage to make. */
  readonly lastStage: ResNetStage;
  /** Is given each stage's map and returns what the next one gets. */
  readonly between?: (stage: ResNetStage, y: Tensor) => Tensor;
}

interface UnitGeometry {
  readonly outChannels: number;
  readonly kernel: number;
  readonly stride: number;
}

function unit(scope: Scope, x: Tensor, conv: string, norm: string, geometry: UnitGeometry): Tensor {
  return batchNormLayer(scope.child(norm), convLayer(scope.child(conv), x, { ...geometry, bias: "none" }));
}

interface BlockOptions {
  /** Channels of the narrow convolutions. */
  readonly channels: number;
  readonly stride: number;
}

function shortcut(scope: Scope, x: Tensor, outChannels: number, stride: number): Tensor {
  if (stride === 1 && x.shape[1] === outChannels) return x;
  return unit(scope.child("downsample"), x, "0", "1", { outChannels, kernel: 1, stride });
}

function basicBlock(scope: Scope, x: Tensor, { channels, stride }: BlockOptions): Tensor {
  const first = relu(unit(scope, x, "conv1", "bn1", { outChannels: channels, kernel: 3, stride }));
  const second = unit(scope, first, "conv2", "bn2", { outChannels: channels, kernel: 3, stride: 1 });
  return relu(add(second, shortcut(scope, x, channels, stride)));
}

function bottleneck(scope: Scope, x: Tensor, { channels, stride }: BlockOptions): Tensor {
  const outChannels = channels * BOTTLENECK_EXPANSION;
  const first = relu(unit(scope, x, "conv1", "bn1", { outChannels: channels, kernel: 1, stride: 1 }));
  const second = relu(unit(scope, first, "conv2", "bn2", { outChannels: channels, kernel: 3, stride }));
  const third = unit(scope, second, "conv3", "bn3", { outChannels, kernel: 1, stride: 1 });
  return relu(add(third, shortcut(scope, x, outChannels, stride)));
}

/**
 * The stages of a ResNet without its last layer.
 * @param x [N, 3, H, W]
 * @returns one map per stage: the stem before its pooling (stride 2), then layers 1 to 4 (strides 4 to 32)
 */
export function resNetStages(
  scope: Scope,
  x: Tensor,
  variant: ResNetVariant,
  { lastStage, between = (_, y) => y }: ResNetOptions,
): Tensor[] {
  const stem = relu(unit(scope, x, "conv1", "bn1", { outChannels: STEM_CHANNELS, kernel: 7, stride: 2 }));
  const stages = [between(0, stem)];
  const block = variant.block === "basic" ? basicBlock : bottleneck;
  for (const stage of LAYERS.slice(0, lastStage)) {
    let y = stage === 1 ? pooledStem(stages[0]!) : stages[stage - 1]!;
    for (let i = 0; i < variant.repeats[stage - 1]!; i++) {
      y = block(scope.child(`layer${stage}.${i}`), y, {
        channels: STEM_CHANNELS * 2 ** (stage - 1),
        stride: stage > 1 && i === 0 ? 2 : 1,
      });
    }
    stages.push(between(stage, y));
  }
  return stages;
}

/** The pooling between the stem and layer 1 of all ResNets. */
export function pooledStem(stem: Tensor): Tensor {
  return maxPool2d(stem, { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
}

const STEM_CHANNELS = 64;
const BOTTLENECK_EXPANSION = 4;
const LAYERS = [1, 2, 3, 4] as const;

export const resNets = Object.freeze({
  "resnet-18": { block: "basic", repeats: [2, 2, 2, 2] },
  "resnet-34": { block: "basic", repeats: [3, 4, 6, 3] },
  "resnet-50": { block: "bottleneck", repeats: [3, 4, 6, 3] },
} as const satisfies Record<string, ResNetVariant>);
