import { type HostArray, type Key, normalArray, uniformArray } from "@hermes-us/tensor";
import type { Initializer } from "../nn/scope.js";
import type { Method } from "../methods/define-method.js";
import type { MethodProgram } from "./training-program.js";

function draw({ kind, ...rest }: Initializer, length: number, key: Key): Float32Array {
  const fan = "fanIn" in rest ? rest.fanIn : 1;
  switch (kind) {
    case "constant":
      return new Float32Array(length).fill("value" in rest ? rest.value : 0);
    case "he-normal":
      return normalArray(key, length).map((value) => value * Math.sqrt(2 / fan));
    case "uniform":
      return uniformArray(key, length).map((value) => (2 * value - 1) / Math.sqrt(fan));
    default:
      return kind satisfies never;
  }
}

/**
 * What every array of a run is before its first step.
 * @param pretrained numbers by full name under the predictor's network, which replace random ones
 * @returns parameters, buffers, averages and the method's state; averages begin as copies of what they follow
 */
export function initialState(
  { declarations, methodState, training }: MethodProgram,
  method: Method,
  key: Key,
  pretrained: ReadonlyMap<string, Float32Array>,
): Record<string, HostArray> {
  const state: Record<string, HostArray> = Object.fromEntries(
    [...methodState].map(([name, array]) => [name, { ...array, data: array.data.slice() }]),
  );
  const put = (name: string, shape: readonly number[], data: Float32Array) => {
    state[name] = { dtype: "float32", shape, data };
  };
  for (const [name, { shape, initializer }] of declarations.parameters) {
    const [network, ...path] = name.split("/");
    const length = shape.reduce((a, b) => a * b, 1);
    const known = pretrained.get(`${method.predictor}/${path.join("/")}`);
    put(
      name,
      shape,
      known?.slice() ?? draw(initializer, length, key.fork("parameter", network!, path.join("/"))),
    );
  }
  for (const [name, { shape, initial }] of declarations.buffers) {
    const path = name.slice(name.indexOf("/") + 1);
    const known = pretrained.get(`${method.predictor}/${path}`);
    put(name, shape, known?.slice() ?? new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(initial));
  }
  for (const { target, source } of training.plan.averages) {
    const from = state[source]!;
    state[target] = { ...from, data: from.data.slice() };
  }
  return state;
}
