import {
  add,
  batchNorm,
  batchNormBy,
  concat,
  conv2d,
  globalAveragePool,
  input,
  linear,
  maxPool2d,
  relu,
  resizeBilinear,
  type Tensor,
} from "@hermes-us/tensor";

/** The two networks of the PyTorch yardstick, layer by layer in its order of parameters. */
export interface YardstickNetwork {
  readonly logits: Tensor;
  /** Trained tensors by name in the yardstick's order. */
  readonly parameters: ReadonlyMap<string, Tensor>;
}

/** `evaluate`: running statistics, which are then parameters `m…` and `v…` too. */
type Mode = "train" | "evaluate";

class Layers {
  readonly parameters = new Map<string, Tensor>();

  constructor(private readonly mode: Mode) {}

  parameter(kind: string, shape: readonly number[]): Tensor {
    const name = `${kind}${this.parameters.size}`;
    const tensor = input(name, shape);
    this.parameters.set(name, tensor);
    return tensor;
  }

  convolution(x: Tensor, channels: number, kernel: number, stride = 1): Tensor {
    const pad = kernel >> 1;
    const weight = this.parameter("w", [channels, x.shape[1]!, kernel, kernel]);
    return conv2d(x, weight, { strides: [stride, stride], pads: [pad, pad, pad, pad] });
  }

  norm(x: Tensor): Tensor {
    const channels = x.shape[1]!;
    const [gamma, beta] = [this.parameter("g", [channels]), this.parameter("b", [channels])];
    if (this.mode === "train") return batchNorm(x, gamma, beta).y;
    const [mean, variance] = [this.parameter("m", [channels]), this.parameter("v", [channels])];
    return batchNormBy(x, { gamma, beta, mean, variance });
  }

  block(x: Tensor, channels: number, stride: number): Tensor {
    const changed = stride !== 1 || x.shape[1] !== channels;
    const shortcut = changed ? this.norm(this.convolution(x, channels, 1, stride)) : x;
    const inner = relu(this.norm(this.convolution(x, channels, 3, stride)));
    return relu(add(this.norm(this.convolution(inner, channels, 3)), shortcut));
  }

  double(x: Tensor, channels: number): Tensor {
    const inner = relu(this.norm(this.convolution(x, channels, 3)));
    return relu(this.norm(this.convolution(inner, channels, 3)));
  }
}

/** ResNet-18, ten classes: [N, 3, S, S] to [N, 10]. */
export function resnet18(image: Tensor, mode: Mode = "train"): YardstickNetwork {
  const layers = new Layers(mode);
  const stem = relu(layers.norm(layers.convolution(image, 64, 7, 2)));
  let x = maxPool2d(stem, { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  for (const [channels, stride] of [
    [64, 1],
    [64, 1],
    [128, 2],
    [128, 1],
    [256, 2],
    [256, 1],
    [512, 2],
    [512, 1],
  ] as const) {
    x = layers.block(x, channels, stride);
  }
  const logits = linear(globalAveragePool(x), layers.parameter("w", [10, 512]), layers.parameter("b", [10]));
  return { logits, parameters: layers.parameters };
}

/** U-Net of four levels from 32 channels, bilinear upsampling: [N, 3, S, S] to [N, 2, S, S]. */
export function unet32(image: Tensor, mode: Mode = "train"): YardstickNetwork {
  const layers = new Layers(mode);
  const skips: Tensor[] = [];
  let x = image;
  for (const level of [0, 1, 2, 3]) {
    x = layers.double(x, 32 << level);
    skips.push(x);
    x = maxPool2d(x, { kernel: [2, 2] });
  }
  x = layers.double(x, 256);
  for (const level of [3, 2, 1, 0]) {
    const skip = skips[level]!;
    const up = resizeBilinear(x, { height: skip.shape[2]!, width: skip.shape[3]! }, "align-corners");
    x = layers.double(concat([skip, up], 1), level > 0 ? 32 << (level - 1) : 32);
  }
  return { logits: layers.convolution(x, 2, 1), parameters: layers.parameters };
}
