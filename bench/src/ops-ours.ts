import { performance } from "node:perf_hooks";
import {
  add,
  batchNorm,
  constant,
  conv2d,
  type Engine,
  gradientsOf,
  type HostArray,
  input,
  key,
  maxPool2d,
  multiply,
  normalArray,
  type OptimizerSpec,
  relu,
  reshape,
  resizeBilinear,
  sliceAxis,
  sum,
  type Tensor,
  type TrainedGroup,
  type TrainingProgram,
  traceTraining,
} from "@hermes-us/tensor";
import { median } from "./median.js";
import { type OpCase, OPS_BATCH, type OpPart } from "./ops-cases.js";

/** Copies of the layer in the larger of two programs; their difference is what one copy takes. */
const COPIES = 4;
const RUNS = 9;

/**
 * Milliseconds of one layer within a program. All arrays stay with the engine and one number per result leaves it; the
 * time of a program with one copy is subtracted from that of one with several, so that what all copies share
 * (the incoming gradient, the way to the engine's thread) does not count.
 */
export async function timeOurs(engine: Engine, one: OpCase, part: OpPart): Promise<number> {
  const [single, several] = [
    await timeCopies(engine, one, part, 1),
    await timeCopies(engine, one, part, COPIES),
  ];
  return (several - single) / (COPIES - 1);
}

async function timeCopies(engine: Engine, one: OpCase, part: OpPart, copies: number): Promise<number> {
  const indices = Array.from({ length: copies }, (_, copy) => copy);
  const { training, state } = isUpdate(one) ? updates(one, indices) : layers(one, part, indices);
  const initial = Object.fromEntries(
    [...training.program.inputs, ...state].map(([name, { shape }]): [string, HostArray] => {
      const length = shape.reduce((a, b) => a * b, 1);
      return [name, { dtype: "float32", shape, data: normalArray(key("ops").fork(name), length) }];
    }),
  );
  await using session = await engine.train(training, initial);
  const times: number[] = [];
  for (let run = 0; run <= RUNS; run++) {
    const started = performance.now();
    await session.step({}, { rate: 1e-6 });
    times.push(performance.now() - started);
  }
  return median(times.slice(1));
}

type LayerCase = Exclude<OpCase, UpdateCase>;
type UpdateCase = Extract<OpCase, { readonly kind: "adam" | "sgd" }>;

function isUpdate(one: OpCase): one is UpdateCase {
  return one.kind === "adam" || one.kind === "sgd";
}

/** A program, with the state that its inputs do not tell of. */
interface TimedProgram {
  readonly training: TrainingProgram;
  readonly state: ReadonlyMap<string, Tensor>;
}

function layers(one: LayerCase, part: OpPart, indices: readonly number[]): TimedProgram {
  const outputs = Object.fromEntries(
    indices.map((copy) => [`result ${copy}`, corner(result(one, part, copy))]),
  );
  const plan = { trained: [], averages: [], assigned: [], blended: [] };
  return { training: traceTraining(constant(0), new Map(), outputs, plan), state: new Map() };
}

/** Copies differ in what their result depends on, or they would be computed once. */
function result(one: LayerCase, part: OpPart, copy: number): Tensor {
  const image = [OPS_BATCH, one.channels, one.size, one.size];
  const x = input(one.kind === "conv" && part !== "weight gradient" ? "x" : `x ${copy}`, image);
  const weight =
    one.kind === "conv"
      ? input(part === "weight gradient" ? "w" : `w ${copy}`, [
          one.outChannels,
          one.channels,
          one.kernel,
          one.kernel,
        ])
      : null;
  const y = layer(one, x, weight);
  if (part === "forward") return y;
  // The gradient of a resize depends on nothing but the incoming one, which the copies can therefore not share.
  const incoming = input(one.kind === "resize" ? `gradient ${copy}` : "gradient", y.shape);
  const loss = sum(multiply(y, incoming));
  return gradientsOf(loss, [part === "weight gradient" && weight !== null ? weight : x])[0]!;
}

function layer(one: LayerCase, x: Tensor, weight: Tensor | null): Tensor {
  switch (one.kind) {
    case "conv": {
      const pad = one.kernel >> 1;
      return conv2d(x, weight!, { strides: [one.stride, one.stride], pads: [pad, pad, pad, pad] });
    }
    case "batch-norm":
      return batchNorm(x, input("gamma", [one.channels]), input("beta", [one.channels])).y;
    case "relu":
      return relu(x);
    case "max-pool-3x3":
      return maxPool2d(x, { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
    case "max-pool-2x2":
      return maxPool2d(x, { kernel: [2, 2] });
    case "resize":
      return resizeBilinear(x, { height: 2 * one.size, width: 2 * one.size }, "align-corners");
    default:
      return one satisfies never;
  }
}

function corner(x: Tensor): Tensor {
  return sliceAxis(reshape(x, [-1]), 0, 0, 1);
}

/** Gradients that are state already: what counts is their way out of the graph and the update. */
function updates({ kind, parameters }: UpdateCase, indices: readonly number[]): TimedProgram {
  const optimizer: OptimizerSpec =
    kind === "adam"
      ? { kind, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 }
      : { kind, momentum: 0.9, momentumForm: "classical", weightDecay: 0 };
  const trained = new Map(indices.map((copy) => [`p ${copy}`, input(`p ${copy}`, [parameters])]));
  const group: TrainedGroup = {
    name: "all",
    optimizer,
    parameters: [...trained.keys()],
    groups: {},
    learningRate: "rate",
    clipNorm: null,
  };
  const terms = [...trained].map(([name, p]) => sum(multiply(p, input(`gradient of ${name}`, [parameters]))));
  const loss = terms.reduce((total, term) => add(total, term));
  const plan = { trained: [group], averages: [], assigned: [], blended: [] };
  return { training: traceTraining(loss, trained, {}, plan), state: trained };
}
