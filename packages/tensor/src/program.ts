import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { topologicalOrder } from "./autodiff.js";
import { TensorError } from "./errors.js";
import type { Attributes, Op } from "./op.js";
import { constant, constantValue, isInput, isLeaf, isPassThrough } from "./ops/leaf.js";
import { sameShape, sizeOf, type TensorType } from "./shape.js";
import type { Tensor } from "./tensor.js";

export interface ProgramNode {
  readonly op: Op;
  /** Positions of the inputs in {@link Program.nodes}; always smaller than the node's own. */
  readonly inputs: readonly number[];
  readonly attributes: Attributes;
  readonly type: TensorType;
}

/** A traced computation with static shapes: named inputs to named outputs, ready for any engine. */
export interface Program {
  readonly nodes: readonly ProgramNode[];
  readonly inputs: ReadonlyMap<string, TensorType>;
  readonly outputs: ReadonlyMap<string, { readonly node: number; readonly type: TensorType }>;
  /** SHA-256 of the computation in lower-case hex; the same in every process for the same trace. */
  readonly hash: string;
}

/** Results of folding larger than this stay computed: they would only swell the program. */
const FOLD_LIMIT_ELEMENTS = 65_536;

/**
 * Turns tensors into a program: dead code is left out, equal computations are shared, what depends on constants alone
 * is computed once.
 * @throws TensorError when two different inputs have one name
 */
export function trace(outputs: Readonly<Record<string, Tensor>>): Program {
  const simplified = simplify(Object.values(outputs));
  const roots = Object.values(outputs).map((tensor) => simplified.get(tensor)!);
  const order = topologicalOrder(roots);
  const position = new Map(order.map((tensor, index) => [tensor, index]));
  const nodes = order.map((tensor) => ({
    op: tensor.op,
    inputs: tensor.inputs.map((input) => position.get(input)!),
    attributes: tensor.attributes,
    type: { shape: tensor.shape, dtype: tensor.dtype },
  }));
  const named = new Map(
    Object.keys(outputs).map((name, i) => [
      name,
      { node: position.get(roots[i]!)!, type: nodes[position.get(roots[i]!)!]!.type },
    ]),
  );
  return { nodes, inputs: namedInputs(order), outputs: named, hash: hashProgram(nodes, named) };
}

function namedInputs(order: readonly Tensor[]): Map<string, TensorType> {
  const inputs = new Map<string, TensorType>();
  for (const tensor of order) {
    if (!isInput(tensor)) continue;
    const name = String(tensor.attributes["name"]);
    if (inputs.has(name)) {
      throw new TensorError(
        "trace",
        `two inputs named ${name} with different types`,
        "one input per name",
        "rename one of them",
      );
    }
    inputs.set(name, { shape: tensor.shape, dtype: tensor.dtype });
  }
  return inputs;
}

/** @returns for every tensor reached, the one that stands for it after sharing and folding. */
function simplify(roots: readonly Tensor[]): Map<Tensor, Tensor> {
  const replacement = new Map<Tensor, Tensor>();
  const canonical = new Map<string, Tensor>();
  const identity = new Map<Tensor, number>();
  for (const tensor of topologicalOrder(roots)) {
    const inputs = tensor.inputs.map((input) => replacement.get(input)!);
    const next = fold(tensor, inputs) ?? rebuild(tensor, inputs);
    const known = [...next.inputs.map((input) => identity.get(input)!), ""].join();
    const key = isPassThrough(next) ? "" : `${next.op.name}(${known})${attributeKey(next.attributes)}`;
    const shared = isPassThrough(next) ? next.inputs[0]! : canonical.get(key);
    if (shared !== undefined) {
      replacement.set(tensor, shared);
      continue;
    }
    canonical.set(key, next);
    identity.set(next, identity.size);
    replacement.set(tensor, next);
  }
  return replacement;
}

function rebuild(tensor: Tensor, inputs: readonly Tensor[]): Tensor {
  if (inputs.every((input, i) => input === tensor.inputs[i])) return tensor;
  const copy: Tensor = Object.create(Object.getPrototypeOf(tensor));
  return Object.freeze(Object.assign(copy, tensor, { inputs }));
}

/** @returns what the node is known to equal: a constant, or one of its inputs. */
function fold(tensor: Tensor, inputs: readonly Tensor[]): Tensor | undefined {
  if (isLeaf(tensor) || isPassThrough(tensor)) return undefined;
  const neutral = neutralElement.get(tensor.op.name);
  if (neutral !== undefined) {
    for (const [slot, other] of [
      [0, 1],
      [1, 0],
    ] as const) {
      if (slot === 0 && !neutral.commutes) continue;
      const value = constantValue(inputs[slot]!);
      if (value?.every((v) => v === neutral.value) && sameShape(inputs[other]!.shape, tensor.shape)) {
        return inputs[other]!;
      }
    }
  }
  if (sizeOf(tensor.shape) > FOLD_LIMIT_ELEMENTS || inputs.length === 0) return undefined;
  const values = inputs.map(constantValue);
  if (values.some((value) => value === undefined)) return undefined;
  const known = inputs.map((input, i) => ({ shape: input.shape, data: values[i]! }));
  return constant(tensor.op.reference(known, tensor.attributes, tensor), tensor.shape, tensor.dtype);
}

const neutralElement: ReadonlyMap<string, { readonly value: number; readonly commutes: boolean }> = new Map([
  ["add", { value: 0, commutes: true }],
  ["subtract", { value: 0, commutes: false }],
  ["multiply", { value: 1, commutes: true }],
  ["divide", { value: 1, commutes: false }],
]);

function attributeKey(attributes: Attributes): string {
  return JSON.stringify(attributes, (_, value: unknown) =>
    value instanceof Float64Array ? dataKey(value) : value,
  );
}

function dataKey(data: Float64Array): string {
  return data.length <= 16
    ? `f64:${data.join()}`
    : `f64:${bytesToHex(sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)))}`;
}

function hashProgram(nodes: readonly ProgramNode[], outputs: Program["outputs"]): string {
  const lines = nodes.map(
    ({ op, inputs, attributes, type }) =>
      `${op.name}(${inputs.join()})${attributeKey(attributes)}:${type.dtype}[${type.shape.join()}]`,
  );
  for (const [name, { node }] of outputs) lines.push(`${name}=${node}`);
  return bytesToHex(sha256(utf8ToBytes(lines.join("\n"))));
}
