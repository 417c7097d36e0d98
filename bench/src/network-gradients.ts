import { readFileSync } from "node:fs";
import {
  constant,
  divide,
  type Engine,
  gradientsOf,
  type HostArray,
  input,
  logSoftmax,
  multiply,
  negate,
  sum,
  type Tensor,
  trace,
} from "@hermes-us/tensor";
import { formula } from "./formula.js";
import { resnet18, unet32, type YardstickNetwork } from "./networks.js";

interface ParameterFixture {
  readonly name: string;
  readonly shape: readonly number[];
  readonly low: number;
  readonly high: number;
  readonly gradientNorm: number;
  /** Dot products of the gradient with formula vectors that are uniform in [-1, 1]. */
  readonly projections: readonly number[];
}

interface NetworkFixture {
  readonly network: "resnet-18" | "unet-32";
  readonly image: { readonly shape: readonly number[]; readonly low: number; readonly high: number };
  readonly loss: number;
  /** In the network's order. */
  readonly parameters: readonly ParameterFixture[];
}

export interface NetworkErrors {
  readonly network: string;
  readonly loss: number;
  /** The parameter whose gradient is furthest from PyTorch's, and how far. */
  readonly worst: { readonly parameter: string; readonly error: number };
}

/** The largest relative error per parameter that passes against PyTorch. */
export const NETWORK_TOLERANCE = 5e-3;

const builders: Readonly<Record<NetworkFixture["network"], (image: Tensor) => YardstickNetwork>> = {
  "resnet-18": resnet18,
  "unet-32": unet32,
};

const sizeOf = (shape: readonly number[]) => shape.reduce((product, extent) => product * extent, 1);

function readFixture(network: string): NetworkFixture {
  return JSON.parse(
    readFileSync(new URL(`../../fixtures/networks/${network}.json`, import.meta.url), "utf8"),
  );
}

/** @returns classes floor(u * C) as one-hot planes [N, C, ...] */
function oneHotTarget(name: string, shape: readonly number[]): HostArray {
  const [images, classes] = [shape[0]!, shape[1]!];
  const pixels = sizeOf(shape.slice(2));
  const data = new Float32Array(sizeOf(shape));
  for (const [position, u] of formula(name, images * pixels, 0, 1).entries()) {
    const image = Math.floor(position / pixels);
    data[(image * classes + Math.floor(u * classes)) * pixels + (position % pixels)] = 1;
  }
  return { dtype: "float32", shape, data };
}

function traceNetwork({ network, image, parameters }: NetworkFixture) {
  const built = builders[network](input("image", image.shape));
  const tensors = [...built.parameters.values()];
  for (const [i, { name, shape }] of parameters.entries()) {
    if (tensors[i]?.shape.join() !== shape.join()) {
      throw new Error(
        `${network}: parameter ${i} is [${tensors[i]?.shape.join(", ")}], PyTorch's ${name} [${shape.join(", ")}]`,
      );
    }
  }
  const { logits } = built;
  const target = input("target", logits.shape);
  const positions = sizeOf(logits.shape) / logits.shape[1]!;
  const loss = negate(divide(sum(multiply(logSoftmax(logits, 1), target)), constant(positions)));
  const gradients = gradientsOf(loss, tensors).map((gradient, i) => [`gradient${i}`, gradient] as const);
  return {
    program: trace({ loss, ...Object.fromEntries(gradients) }),
    names: [...built.parameters.keys()],
    target,
  };
}

/**
 * With d the difference of two gradients and r uniform in [-1, 1], the mean of (d r)^2 is |d|^2 / 3; the difference of
 * the norms is a lower bound that needs no luck.
 */
function gradientError(fixture: ParameterFixture, network: string, gradient: Float32Array): number {
  let squares = 0;
  for (const [i, wanted] of fixture.projections.entries()) {
    const direction = formula(`${network}/${fixture.name}/direction/${i}`, gradient.length, -1, 1);
    let product = 0;
    for (let j = 0; j < gradient.length; j++) product += gradient[j]! * direction[j]!;
    squares += (product - wanted) ** 2;
  }
  const norm = Math.sqrt(gradient.reduce((total, value) => total + value ** 2, 0));
  const estimate = Math.sqrt((3 * squares) / fixture.projections.length);
  return Math.max(estimate, Math.abs(norm - fixture.gradientNorm)) / fixture.gradientNorm;
}

/** Compares the gradients of a whole network on `engine` with those that PyTorch gave in float64. */
export async function checkNetwork(
  network: NetworkFixture["network"],
  engine: Engine,
): Promise<NetworkErrors> {
  const fixture = readFixture(network);
  const { program, names, target } = traceNetwork(fixture);
  const feeds: Record<string, HostArray> = { target: oneHotTarget(`${network}/target`, target.shape) };
  const all = [{ ...fixture.image, name: "image" }, ...fixture.parameters];
  for (const [i, { name, shape, low, high }] of all.entries()) {
    const data = formula(`${network}/${name}`, sizeOf(shape), low, high);
    feeds[i === 0 ? "image" : names[i - 1]!] = { dtype: "float32", shape, data };
  }
  await using executable = await engine.compile(program);
  const results = await executable.run(feeds);
  let worst = { parameter: "none", error: 0 };
  for (const [i, parameter] of fixture.parameters.entries()) {
    const gradient = results[`gradient${i}`]!.data;
    const error = gradient instanceof Float32Array ? gradientError(parameter, network, gradient) : Number.NaN;
    if (!(error <= worst.error)) worst = { parameter: parameter.name, error };
  }
  const loss = Math.abs(results.loss!.data[0]! - fixture.loss) / fixture.loss;
  return { network, loss, worst };
}
