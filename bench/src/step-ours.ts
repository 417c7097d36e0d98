import { performance } from "node:perf_hooks";
import {
  constant,
  divide,
  type HostArray,
  input,
  key,
  logSoftmax,
  multiply,
  negate,
  normalArray,
  sum,
  type Tensor,
  traceTraining,
} from "@hermes-us/tensor";
import { ortNodeEngine } from "@hermes-us/tensor/ort-node";
import { resnet18, unet32 } from "./networks.js";

export type StepConfig = "resnet-18@128" | "resnet-18@224" | "unet-32@128";

export const BATCH = 8;

export interface StepTimes {
  readonly stepsMs: readonly number[];
  readonly createMs: number;
}

/** Mean negative log likelihood against one-hot targets, as the yardstick computes it. */
function yardstickLoss(logits: Tensor, target: Tensor): Tensor {
  const positions = target.shape.reduce((a, b) => a * b, 1) / target.shape[1]!;
  return negate(divide(sum(multiply(logSoftmax(logits, 1), target)), constant(positions)));
}

/** Times whole training steps (forward, backward, SGD with momentum) on the native engine with two threads. */
export async function timeOurStep(config: StepConfig, steps: number): Promise<StepTimes> {
  const [network, size] = config.split("@") as ["resnet-18" | "unet-32", string];
  const extent = Number(size);
  const image = input("image", [BATCH, 3, extent, extent]);
  const { logits, parameters } = network === "resnet-18" ? resnet18(image) : unet32(image);
  const target = input("target", logits.shape);
  const loss = yardstickLoss(logits, target);
  const training = traceTraining(
    loss,
    parameters,
    { loss },
    {
      trained: [
        {
          name: "all",
          optimizer: { kind: "sgd", momentum: 0.9, momentumForm: "classical", weightDecay: 0 },
          parameters: [...parameters.keys()],
          groups: {},
          learningRate: "rate",
          clipNorm: null,
        },
      ],
      averages: [],
      assigned: [],
      blended: [],
    },
  );
  const initial = Object.fromEntries(
    [...parameters].map(([name, { shape }]) => [name, initialValue(name, shape)]),
  );
  const pixels = normalArray(key(0).fork("image"), BATCH * 3 * extent * extent);
  const onehot = new Float32Array(logits.shape.reduce((a, b) => a * b, 1));
  const plane = onehot.length / BATCH / logits.shape[1]!;
  for (let n = 0; n < BATCH; n++)
    onehot.fill(1, n * logits.shape[1]! * plane, (n * logits.shape[1]! + 1) * plane);
  const feeds = {
    image: { dtype: "float32", shape: image.shape, data: pixels },
    target: { dtype: "float32", shape: target.shape, data: onehot },
  } as const;
  const stepsMs: number[] = [];
  await using engine = await ortNodeEngine({ threads: 2 });
  const started = performance.now();
  await using session = await engine.train(training, initial);
  const createMs = performance.now() - started;
  for (let step = 0; step < steps; step++) {
    const before = performance.now();
    await session.step(feeds, { rate: 0.01 });
    stepsMs.push(performance.now() - before);
  }
  return { stepsMs, createMs };
}

function initialValue(name: string, shape: readonly number[]): HostArray {
  const length = shape.reduce((a, b) => a * b, 1);
  const data = new Float32Array(length);
  if (name.startsWith("g")) data.fill(1);
  if (name.startsWith("w")) {
    const scale = Math.sqrt(2 / (length / shape[0]!));
    data.set(normalArray(key(1).fork(name), length).map((value) => value * scale));
  }
  return { dtype: "float32", shape, data };
}
