import type { HostArray } from "../dtype.js";
import type { Feeds } from "../engine.js";
import {
  add,
  batchNorm,
  concat,
  conv2d,
  dropout,
  globalAveragePool,
  input,
  linear,
  logSoftmax,
  maxPool2d,
  mean,
  multiply,
  negate,
  oneHot,
  relu,
  resizeBilinear,
  sum,
} from "../ops/index.js";
import { bernoulliArray, type Key, key, normalArray, uniformArray } from "../random.js";
import { sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { type TrainedGroup, type TrainingPlan, type TrainingProgram, traceTraining } from "../training.js";

const N = 2;
const SIDE = 12;
const CLASSES = 3;
const KEEP_PROB = 0.8;

/** Everything that a training session needs, made from a seed alone: the same on every engine and machine. */
export interface TinyTraining {
  readonly training: TrainingProgram;
  readonly initial: Readonly<Record<string, HostArray>>;
  feeds(step: number): Feeds;
  numbers(step: number): Readonly<Record<string, number>>;
}

const floats = (shape: readonly number[], data: Float32Array): HostArray => ({
  dtype: "float32",
  shape,
  data,
});

/** -mean of the log-probability of each label along axis 1 */
function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  const picked = multiply(logSoftmax(logits, 1), oneHot(labels, logits.shape[1]!, 1));
  return negate(mean(sum(picked, { axes: [1] })));
}

class Parameters {
  readonly tensors = new Map<string, Tensor>();
  readonly initial: Record<string, HostArray> = {};

  constructor(private readonly source: Key) {}

  weight(name: string, shape: readonly number[]): Tensor {
    const spread = Math.sqrt(2 / sizeOf(shape.slice(1)));
    const normal = normalArray(this.source.fork(name), sizeOf(shape));
    return this.#add(
      name,
      shape,
      normal.map((value) => spread * value),
    );
  }

  filled(name: string, shape: readonly number[], value: number): Tensor {
    return this.#add(name, shape, new Float32Array(sizeOf(shape)).fill(value));
  }

  #add(name: string, shape: readonly number[], data: Float32Array): Tensor {
    this.initial[name] = floats(shape, data);
    const tensor = input(name, shape);
    this.tensors.set(name, tensor);
    return tensor;
  }
}

/** A dense, a strided and a depthwise convolution, pooling, resizing, both heads: all that a lowering does differently. */
function network(image: Tensor, keepMask: Tensor, parameters: Parameters) {
  const stem = conv2d(image, parameters.weight("stem", [8, 1, 3, 3]), { pads: [1, 1, 1, 1] });
  const first = batchNorm(stem, parameters.filled("gamma", [8], 1), parameters.filled("beta", [8], 0.1));
  const wide = relu(first.y);
  const pooled = maxPool2d(wide, { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  const depthwise = conv2d(pooled, parameters.weight("depthwise", [8, 1, 3, 3]), {
    pads: [1, 1, 1, 1],
    groups: 8,
  });
  const deep = conv2d(depthwise, parameters.weight("down", [12, 8, 3, 3]), {
    strides: [2, 2],
    pads: [1, 1, 1, 1],
  });
  const bottom = relu(deep);
  const up = resizeBilinear(bottom, { height: SIDE, width: SIDE }, "align-corners");
  const maskLogits = conv2d(concat([wide, up], 1), parameters.weight("mask head", [2, 20, 1, 1]));
  const features = dropout(globalAveragePool(bottom), keepMask, KEEP_PROB);
  const classLogits = linear(
    features,
    parameters.weight("class head", [CLASSES, 12]),
    parameters.filled("class bias", [CLASSES], 0),
  );
  return { maskLogits, classLogits, statistics: first };
}

const everywhere = { groups: {}, learningRate: "learningRate" } as const;

function plan(names: readonly string[]): TrainingPlan {
  const isHead = (name: string) => name.includes("head") || name.includes("bias");
  const body: TrainedGroup = {
    ...everywhere,
    name: "body",
    optimizer: { kind: "sgd", momentum: 0.9, momentumForm: "classical", weightDecay: 1e-4 },
    parameters: names.filter((name) => !isHead(name)),
    clipNorm: 1,
  };
  const heads: TrainedGroup = {
    ...everywhere,
    name: "heads",
    optimizer: { kind: "adamw", beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 1e-2 },
    parameters: names.filter(isHead),
    clipNorm: null,
  };
  return {
    trained: [body, heads],
    averages: [{ target: "average of stem", source: "stem", decay: "decay" }],
    assigned: [],
    blended: [{ state: "running mean", outputs: ["batch mean"], share: 0.1 }],
  };
}

/** A classifier and segmenter of about 1,100 weights on noise, small enough for software WebGPU. */
export function tinyTraining(seed: number): TinyTraining {
  const source = key(seed);
  const parameters = new Parameters(source.fork("initial"));
  const image = input("image", [N, 1, SIDE, SIDE]);
  const keepMask = input("keepMask", [N, 12]);
  const { maskLogits, classLogits, statistics } = network(image, keepMask, parameters);
  const classLoss = crossEntropy(classLogits, input("label", [N], "int32"));
  const maskLoss = crossEntropy(maskLogits, input("mask", [N, SIDE, SIDE], "int32"));
  const loss = add(classLoss, multiply(input("maskWeight", []), maskLoss));
  const training = traceTraining(
    loss,
    parameters.tensors,
    { loss, "batch mean": statistics.mean },
    plan([...parameters.tensors.keys()]),
  );
  const initial = {
    ...parameters.initial,
    "average of stem": parameters.initial.stem!,
    "running mean": floats([8], new Float32Array(8)),
  };
  return {
    training,
    initial,
    feeds: (step) => batch(source.fork("batch", step)),
    numbers: (step) => ({ learningRate: 0.02 / (1 + step / 10), maskWeight: 1 + step / 20, decay: 0.9 }),
  };
}

/** Noise whose brightness tells the class and whose bright pixels are the mask, so that there is something to learn. */
function batch(source: Key): Feeds {
  const pixels = N * SIDE * SIDE;
  const noise = uniformArray(source.fork("noise"), pixels);
  const label = Int32Array.from(uniformArray(source.fork("label"), N), (u) => Math.floor(u * CLASSES));
  const image = noise.map((value, i) => value - 0.5 + label[Math.floor((i * N) / pixels)]!);
  return {
    image: floats([N, 1, SIDE, SIDE], image),
    keepMask: floats([N, 12], bernoulliArray(source.fork("keep"), N * 12, KEEP_PROB)),
    label: { dtype: "int32", shape: [N], data: label },
    mask: { dtype: "int32", shape: [N, SIDE, SIDE], data: Int32Array.from(noise, (u) => (u > 0.5 ? 1 : 0)) },
  };
}
