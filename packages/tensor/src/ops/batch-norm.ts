import { ShapeError } from "../errors.js";
import { channelDot, channelMean, channelNormalised, channelVariance } from "../onnx/channel-statistics.js";
import { type DefinedOp, defineOp, type NdArray } from "../op.js";
import { formatType, sizeOf, type TensorType } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, divide, multiply, subtract } from "./arithmetic.js";
import { broadcastTo } from "./broadcast.js";
import { defineComposite } from "./composite.js";
import { sqrt } from "./elementwise.js";
import { sum } from "./reduce.js";
import { reshape } from "./reshape.js";
import { SampleMaker } from "./samples.js";

type None = Record<string, never>;

function expectImages(op: string, x: TensorType): void {
  if (x.dtype !== "float32" || x.shape.length !== 4) {
    throw new ShapeError(op, formatType(x), "float32 [N, C, H, W]", "reshape or cast it");
  }
}

function elementsPerChannel({ shape }: TensorType): number {
  return shape[0]! * shape[2]! * shape[3]!;
}

function perChannel(vector: Tensor): Tensor {
  return reshape(vector, [vector.shape[0]!, 1, 1]);
}

/** Calls `visit` for every element with its channel. */
function forEachChannel(x: NdArray, visit: (channel: number, element: number) => void): void {
  const [, c, h, w] = x.shape as [number, number, number, number];
  for (let i = 0; i < x.data.length; i++) visit(Math.floor(i / (h * w)) % c, i);
}

function statistics(x: NdArray): { mean: Float64Array; variance: Float64Array } {
  const mean = new Float64Array(x.shape[1]!);
  const variance = new Float64Array(x.shape[1]!);
  const count = x.data.length / mean.length;
  forEachChannel(x, (channel, i) => {
    mean[channel]! += x.data[i]! / count;
  });
  forEachChannel(x, (channel, i) => {
    variance[channel]! += (x.data[i]! - mean[channel]!) ** 2 / count;
  });
  return { mean, variance };
}

const samples = () => {
  const make = new SampleMaker(40);
  return [
    { inputs: [make.uniform([2, 3, 4, 5])], attributes: {} },
    { inputs: [make.uniform([1, 2, 24, 24])], attributes: {} },
  ];
};

const channelMeanOp = defineOp<None>({
  name: "channel-mean",
  infer([x]) {
    expectImages("channelMean", x!);
    return { dtype: "float32", shape: [x!.shape[1]!] };
  },
  lower: ({ g, inputs, inputTypes }) => channelMean(g, inputs[0]!, inputTypes[0]!.shape),
  vjp: ({ cotangent, inputs: [x] }) => [
    broadcastTo(divide(perChannel(cotangent), elementsPerChannel(x!)), x!.shape),
  ],
  reference: ([x]) => statistics(x!).mean,
  samples,
});

const channelVarianceOp = defineOp<None>({
  name: "channel-variance",
  infer([x]) {
    expectImages("channelVariance", x!);
    return { dtype: "float32", shape: [x!.shape[1]!] };
  },
  lower: ({ g, inputs, inputTypes }) => channelVariance(g, inputs[0]!, inputTypes[0]!.shape),
  vjp({ cotangent, inputs: [x] }) {
    const centred = subtract(x!, perChannel(channelMeanOp.apply([x!], {})));
    return [multiply(centred, perChannel(multiply(cotangent, 2 / elementsPerChannel(x!))))];
  },
  reference: ([x]) => statistics(x!).variance,
  samples,
});

const channelDotOp: DefinedOp<None> = defineOp<None>({
  name: "channel-dot",
  infer([a]) {
    expectImages("channelDot", a!);
    return { dtype: "float32", shape: [a!.shape[1]!] };
  },
  lower: ({ g, inputs: [a, b], inputTypes }) => channelDot(g, a!, b!, inputTypes[0]!.shape),
  vjp: ({ cotangent, inputs: [a, b] }) => [
    multiply(perChannel(cotangent), b!),
    multiply(perChannel(cotangent), a!),
  ],
  reference([a, b]) {
    const out = new Float64Array(a!.shape[1]!);
    forEachChannel(a!, (channel, i) => {
      out[channel]! += a!.data[i]! * b!.data[i]!;
    });
    return out;
  },
  samples: () => {
    const make = new SampleMaker(41);
    const both = (shape: readonly number[]) => ({
      inputs: [make.uniform(shape), make.uniform(shape)],
      attributes: {},
    });
    return [both([2, 3, 4, 5]), both([1, 2, 24, 24])];
  },
});

type Epsilon = { epsilon: number };

/** Inputs x, gamma, beta. The gradient holds the part that flows through the statistics. */
const batchNormOp = defineOp<Epsilon>({
  name: "batch-norm",
  infer([x, gamma, beta]) {
    expectImages("batchNorm", x!);
    for (const vector of [gamma!, beta!]) {
      if (vector.dtype !== "float32" || sizeOf(vector.shape) !== x!.shape[1] || vector.shape.length !== 1) {
        throw new ShapeError(
          "batchNorm",
          formatType(vector),
          `gamma and beta float32 [${x!.shape[1]}]`,
          "match the channels",
        );
      }
    }
    return x!;
  },
  lower: ({ g, inputs: [x, gamma, beta], type, attributes: { epsilon } }) =>
    channelNormalised(g, { x: x!, gamma: gamma!, beta: beta! }, epsilon, type.shape),
  vjp({ cotangent, inputs, attributes: { epsilon } }) {
    const [x, gamma] = [inputs[0]!, inputs[1]!];
    const count = elementsPerChannel(x);
    const centred = subtract(x, perChannel(channelMeanOp.apply([x], {})));
    const inverse = divide(1, sqrt(add(channelVarianceOp.apply([x], {}), epsilon)));
    const forBeta = sum(cotangent, { axes: [0, 2, 3] });
    const forGamma = multiply(channelDotOp.apply([cotangent, centred], {}), inverse);
    // dx = a dy + b (x - mean) + c per channel
    const a = multiply(gamma, inverse);
    const b = multiply(multiply(a, inverse), divide(forGamma, -count));
    const c = multiply(a, divide(forBeta, -count));
    const forX = add(
      multiply(cotangent, perChannel(a)),
      add(multiply(centred, perChannel(b)), perChannel(c)),
    );
    return [forX, forGamma, forBeta];
  },
  reference([x, gamma, beta], { epsilon }) {
    const { mean, variance } = statistics(x!);
    const out = new Float64Array(x!.data.length);
    forEachChannel(x!, (channel, i) => {
      const unit = (x!.data[i]! - mean[channel]!) / Math.sqrt(variance[channel]! + epsilon);
      out[i] = unit * gamma!.data[channel]! + beta!.data[channel]!;
    });
    return out;
  },
  samples: () => {
    const make = new SampleMaker(42);
    const on = (shape: readonly number[]) => ({
      inputs: [make.uniform(shape), make.uniform([shape[1]!]), make.uniform([shape[1]!])],
      attributes: { epsilon: 1e-5 },
    });
    return [on([2, 3, 4, 5]), on([1, 2, 24, 24])];
  },
});

export interface BatchNormResult {
  /** [N, C, H, W] */
  readonly y: Tensor;
  /** Batch mean [C]. */
  readonly mean: Tensor;
  /** Biased batch variance [C]. */
  readonly variance: Tensor;
}

/**
 * Batch normalisation by the statistics of this batch (training). Ioffe & Szegedy 2015, arXiv 1502.03167.
 * Differs from the paper: the caller keeps the running averages.
 * @param x [N, C, H, W]
 * @param gamma [C]
 * @param beta [C]
 */
export function batchNorm(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  { epsilon = 1e-5 }: { readonly epsilon?: number } = {},
): BatchNormResult {
  return {
    y: batchNormOp.apply([x, gamma, beta], { epsilon }),
    mean: channelMeanOp.apply([x], {}),
    variance: channelVarianceOp.apply([x], {}),
  };
}

/**
 * Batch normalisation by given statistics (evaluation): one scale and one shift per channel.
 * @param x [N, C, H, W]; all others [C]
 */
export function batchNormBy(
  x: Tensor,
  {
    gamma,
    beta,
    mean,
    variance,
  }: { readonly gamma: Tensor; readonly beta: Tensor; readonly mean: Tensor; readonly variance: Tensor },
  { epsilon = 1e-5 }: { readonly epsilon?: number } = {},
): Tensor {
  const scale = divide(gamma, sqrt(add(variance, epsilon)));
  return add(multiply(x, perChannel(scale)), perChannel(subtract(beta, multiply(mean, scale))));
}

defineComposite<Epsilon>({
  name: "batchNormBy",
  build: ([x, gamma, beta, mean, variance], options) =>
    batchNormBy(x!, { gamma: gamma!, beta: beta!, mean: mean!, variance: variance! }, options),
  reference([x, gamma, beta, mean, variance], { epsilon }) {
    const out = new Float64Array(x!.data.length);
    forEachChannel(x!, (k, i) => {
      const unit = (x!.data[i]! - mean!.data[k]!) / Math.sqrt(variance!.data[k]! + epsilon);
      out[i] = unit * gamma!.data[k]! + beta!.data[k]!;
    });
    return out;
  },
  samples: () => {
    const make = new SampleMaker(43);
    const vector = () => make.uniform([3]);
    return [
      {
        inputs: [make.uniform([2, 3, 4, 5]), vector(), vector(), vector(), make.uniform([3], 0.5, 1.5)],
        attributes: { epsilon: 1e-3 },
      },
    ];
  },
});
