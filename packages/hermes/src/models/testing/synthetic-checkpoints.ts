/** Names and shapes of the public checkpoints, written down from their publishers' code and not from this project's. */
import type { CheckpointTensors } from "../checkpoints/checkpoint.js";
import type { WeightsName } from "../checkpoints/sources.js";

type Shapes = Readonly<Record<string, readonly number[]>>;

function norm(name: string, channels: number): Shapes {
  const fields = ["weight", "bias", "running_mean", "running_var"];
  return Object.fromEntries(fields.map((field) => [`${name}.${field}`, [channels]]));
}

/** A convolution and the norm after it. */
function unit(conv: string, normName: string, shape: readonly number[]): Shapes {
  return { [`${conv}.weight`]: shape, ...norm(normName, shape[0]!) };
}

function merge(...shapes: readonly Shapes[]): Shapes {
  return Object.assign({}, ...shapes);
}

interface Block {
  readonly path: string;
  readonly inChannels: number;
  /** 64, 128, 256, 512. */
  readonly planes: number;
  readonly outChannels: number;
}

/** Stem of one 7x7 convolution, four layers of blocks with a shortcut where channels change, and ImageNet's classifier. */
function residual(
  repeats: readonly number[],
  expansion: number,
  block: (block: Block) => Shapes,
  shortcut: readonly [conv: string, norm: string] = ["downsample.0", "downsample.1"],
): Shapes {
  let inChannels = 64;
  const layers = repeats.flatMap((count, layer) =>
    Array.from({ length: count }, (_, i) => {
      const planes = 64 * 2 ** layer;
      const outChannels = planes * expansion;
      const path = `layer${layer + 1}.${i}`;
      const [conv, after] = shortcut;
      const across =
        i === 0 && inChannels !== outChannels
          ? unit(`${path}.${conv}`, `${path}.${after}`, [outChannels, inChannels, 1, 1])
          : {};
      const shapes = merge(block({ path, inChannels, planes, outChannels }), across);
      inChannels = outChannels;
      return shapes;
    }),
  );
  const fc = { "fc.weight": [1000, inChannels], "fc.bias": [1000] };
  return merge(unit("conv1", "bn1", [64, 3, 7, 7]), ...layers, fc);
}

const basic = ({ path, inChannels, planes }: Block): Shapes =>
  merge(
    unit(`${path}.conv1`, `${path}.bn1`, [planes, inChannels, 3, 3]),
    unit(`${path}.conv2`, `${path}.bn2`, [planes, planes, 3, 3]),
  );

const bottleneck = ({ path, inChannels, planes, outChannels }: Block): Shapes =>
  merge(
    unit(`${path}.conv1`, `${path}.bn1`, [planes, inChannels, 1, 1]),
    unit(`${path}.conv2`, `${path}.bn2`, [planes, planes, 3, 3]),
    unit(`${path}.conv3`, `${path}.bn3`, [outChannels, planes, 1, 1]),
  );

/** 26 channels per 64 planes, four scales, of which three have a convolution. */
const bottle2neck = ({ path, inChannels, planes, outChannels }: Block): Shapes => {
  const width = Math.floor((planes * 26) / 64);
  return merge(
    unit(`${path}.conv1`, `${path}.bn1`, [4 * width, inChannels, 1, 1]),
    ...[0, 1, 2].map((i) => unit(`${path}.convs.${i}`, `${path}.bns.${i}`, [width, width, 3, 3])),
    unit(`${path}.conv3`, `${path}.bn3`, [outChannels, 4 * width, 1, 1]),
  );
};

/** Version 1b: three 3x3 convolutions as the stem, a pooling before the shortcut's convolution. */
function res2NetV1b(repeats: readonly number[]): Shapes {
  const { "conv1.weight": _, ...rest } = residual(repeats, 4, bottle2neck, ["downsample.1", "downsample.2"]);
  return merge(
    unit("conv1.0", "conv1.1", [32, 3, 3, 3]),
    unit("conv1.3", "conv1.4", [32, 32, 3, 3]),
    { "conv1.6.weight": [64, 32, 3, 3] },
    rest,
  );
}

/** Table 2 of the paper: expansion, channels, repeats. */
const MOBILENET_STAGES = [
  [1, 16, 1],
  [6, 24, 2],
  [6, 32, 3],
  [6, 64, 4],
  [6, 96, 3],
  [6, 160, 3],
  [6, 320, 1],
] as const;

function timmMobileNetV2(): Shapes {
  let inChannels = 32;
  const blocks = MOBILENET_STAGES.flatMap(([expansion, channels, repeats], stage) =>
    Array.from({ length: repeats }, (_, i) => {
      const [path, wide] = [`blocks.${stage}.${i}`, inChannels * expansion];
      const layers: [string, readonly number[]][] = [
        ["conv_dw", [wide, 1, 3, 3]],
        [expansion === 1 ? "conv_pw" : "conv_pwl", [channels, wide, 1, 1]],
      ];
      if (expansion > 1) layers.unshift(["conv_pw", [wide, inChannels, 1, 1]]);
      inChannels = channels;
      return merge(
        ...layers.map(([layer, shape], at) => unit(`${path}.${layer}`, `${path}.bn${at + 1}`, shape)),
      );
    }),
  );
  const classifier = { "classifier.weight": [1000, 1280], "classifier.bias": [1000] };
  return merge(
    unit("conv_stem", "bn1", [32, 3, 3, 3]),
    ...blocks,
    unit("conv_head", "bn2", [1280, 320, 1, 1]),
    classifier,
  );
}

const shapesOf: { readonly [K in WeightsName]: () => Shapes } = {
  "mobilenet-v2": timmMobileNetV2,
  "resnet-18": () => residual([2, 2, 2, 2], 1, basic),
  "resnet-34": () => residual([3, 4, 6, 3], 1, basic),
  "resnet-50": () => residual([3, 4, 6, 3], 4, bottleneck),
  "res2net-50-v1b": () => res2NetV1b([3, 4, 6, 3]),
  "res2net-101-v1b": () => res2NetV1b([3, 4, 23, 3]),
  "res2net-101-v1": () => residual([3, 4, 23, 3], 4, bottle2neck),
};

/** @returns tensors of these shapes that share their numbers, all of them `value` */
export function filledTensors(shapes: Shapes, value: number): CheckpointTensors {
  const sizes = Object.values(shapes).map((shape) => shape.reduce((a, b) => a * b, 1));
  const numbers = new Float32Array(Math.max(0, ...sizes)).fill(value);
  return new Map(
    Object.entries(shapes).map(([name, shape], i) => [name, { shape, data: numbers.subarray(0, sizes[i]) }]),
  );
}

export function syntheticCheckpoint(name: WeightsName, value = 7): CheckpointTensors {
  return filledTensors(shapesOf[name](), value);
}
