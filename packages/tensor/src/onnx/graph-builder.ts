import type { DType, HostData } from "../dtype.js";
import { sizeOf } from "../shape.js";
import {
  attributeType,
  encodeModel,
  type OnnxAttribute,
  type OnnxExtent,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValueInfo,
  onnxType,
} from "./model.js";

/**
 * Which operators may be emitted. `cpu`: ONNX Runtime's CPU provider with its own extensions; `portable`:
 * standard operators that the WebGPU and wasm providers also run.
 */
export type Target = "cpu" | "portable";

/** A value of the ONNX graph under construction. */
export interface Value {
  readonly name: string;
}

/** A number is an integer attribute; floats say so. */
export type NodeAttribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] };

export type NodeAttributes = Readonly<Record<string, NodeAttribute>>;

/** Beside the types of traced tensors, those that weights are stored in; float16 travels as bits. */
export type ConstantType = DType | "int64" | "float16" | "int8";
export type ConstantData = HostData | BigInt64Array | Uint16Array | Int8Array;

export interface NodeOptions {
  readonly domain?: "" | "com.microsoft" | "com.microsoft.nchwc";
  /** How many outputs the caller needs; asking again for more extends the same node. */
  readonly outputs?: number;
}

interface PendingNode {
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly attributes: NodeAttributes;
  readonly outputs: Value[];
}

/** A node as it was asked for. */
export interface Producer {
  readonly opType: string;
  readonly domain: string;
  readonly inputs: readonly (Value | null)[];
  readonly attributes: NodeAttributes;
}

const OPSET = 21;
const IR_VERSION = 10;

/**
 * Builds one ONNX graph. Nodes are interned: emitting the same operator on the same inputs gives the same value, so
 * that the lowerings of several ops share what they have in common (statistics, layouts, pooling indices).
 */
export class GraphBuilder {
  readonly #nodes: PendingNode[] = [];
  readonly #producers = new Map<string, PendingNode>();
  readonly #interned = new Map<string, PendingNode>();
  readonly #initializers: OnnxTensor[] = [];
  readonly #constants = new Map<string, readonly { readonly bytes: Uint8Array; readonly value: Value }[]>();
  readonly #inputs: OnnxValueInfo[] = [];
  readonly #outputs: OnnxValueInfo[] = [];
  readonly #memo = new Map<string, Value>();
  #count = 0;

  /** @param block channels per block of the CPU's blocked layout; 0 where there is none */
  constructor(
    readonly target: Target,
    readonly block = 0,
  ) {}

  input(name: string, dtype: DType, dims: readonly OnnxExtent[]): Value {
    this.#inputs.push({ name, elementType: onnxType[dtype], dims });
    return { name };
  }

  output(name: string, value: Value, dtype: DType, dims: readonly OnnxExtent[]): void {
    this.#nodes.push({
      name: `output:${name}`,
      opType: "Identity",
      domain: "",
      inputs: [value.name],
      attributes: {},
      outputs: [{ name }],
    });
    this.#outputs.push({ name, elementType: onnxType[dtype], dims });
  }

  /**
   * Makes a value an output without copying it: under its own name, and, where it is only another view of one, as that.
   * The caller knows the shape. @returns the output's name
   */
  expose(value: Value, dtype: DType): string {
    const producer = this.#producers.get(value.name);
    if (producer?.opType === "Reshape") return this.expose({ name: producer.inputs[0]! }, dtype);
    const { name } = producer === undefined ? this.node("Identity", [value]) : value;
    if (!this.#outputs.some((output) => output.name === name))
      this.#outputs.push({ name, elementType: onnxType[dtype] });
    return name;
  }

  /** A constant of the graph; equal ones are shared. */
  constant(dtype: ConstantType, shape: readonly number[], data: ConstantData): Value {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
    const key = `${dtype}[${shape.join()}]${digest(bytes)}`;
    const alike = this.#constants.get(key) ?? [];
    const known = alike.find((other) => sameBytes(other.bytes, bytes));
    if (known !== undefined) return known.value;
    const value = { name: `c${this.#count++}` };
    this.#initializers.push({ name: value.name, data_type: onnxType[dtype], dims: shape, raw_data: bytes });
    this.#constants.set(key, [...alike, { bytes, value }]);
    return value;
  }

  /** One-dimensional int64 constant: axes, shapes, starts. */
  ints(values: readonly number[]): Value {
    return this.constant("int64", [values.length], BigInt64Array.from(values, BigInt));
  }

  scalar(value: number): Value {
    return this.constant("float32", [], new Float32Array([value]));
  }

  floats(shape: readonly number[], values: ArrayLike<number>): Value {
    if (sizeOf(shape) !== values.length)
      throw new Error(`constant of shape [${shape.join()}] with ${values.length} values`);
    return this.constant("float32", shape, Float32Array.from(values));
  }

  /** Emits one node, or finds the one that was emitted before. */
  node(
    opType: string,
    inputs: readonly (Value | null)[],
    attributes: NodeAttributes = {},
    options: NodeOptions = {},
  ): Value {
    return this.nodeOutputs(opType, inputs, attributes, options)[0]!;
  }

  nodeOutputs(
    opType: string,
    inputs: readonly (Value | null)[],
    attributes: NodeAttributes = {},
    { domain = "", outputs = 1 }: NodeOptions = {},
  ): readonly Value[] {
    const names = inputs.map((input) => input?.name ?? "");
    const key = `${domain}:${opType}(${names.join()})${JSON.stringify(attributes)}`;
    let pending = this.#interned.get(key);
    if (pending === undefined) {
      pending = {
        name: `${opType}_${this.#nodes.length}`,
        opType,
        domain,
        inputs: names,
        attributes,
        outputs: [],
      };
      this.#interned.set(key, pending);
      this.#nodes.push(pending);
    }
    while (pending.outputs.length < outputs) {
      const name = `v${this.#count++}`;
      pending.outputs.push({ name });
      this.#producers.set(name, pending);
    }
    return pending.outputs;
  }

  /** Keeps what a lowering made for a value in another form (blocked layout, padded copy) for the next one that asks. */
  memo(value: Value, form: string, make: () => Value): Value {
    const key = `${form}:${value.name}`;
    let made = this.#memo.get(key);
    if (made === undefined) {
      made = make();
      this.#memo.set(key, made);
    }
    return made;
  }

  /** Declares that `other` holds the same numbers as `value` in another form. */
  declare(value: Value, form: string, other: Value): void {
    this.#memo.set(`${form}:${value.name}`, other);
  }

  /** @returns what was kept or declared of a value in another form */
  known(value: Value, form: string): Value | undefined {
    return this.#memo.get(`${form}:${value.name}`);
  }

  /** @returns the node that makes a value, for a lowering that can do its work and more in one pass */
  producer(value: Value): Producer | undefined {
    const pending = this.#producers.get(value.name);
    return pending && { ...pending, inputs: pending.inputs.map((name) => (name === "" ? null : { name })) };
  }

  reshape(value: Value, shape: readonly number[]): Value {
    const producer = this.#producers.get(value.name);
    const source = producer?.opType === "Reshape" ? { name: producer.inputs[0]! } : value;
    return this.node("Reshape", [source, this.ints(shape)]);
  }

  transpose(value: Value, perm: readonly number[]): Value {
    return this.node("Transpose", [value], { perm });
  }

  get nodeCount(): number {
    return this.#nodes.length;
  }

  /** @returns the bytes of the ONNX model; nodes whose results nobody uses are left out. */
  encode(metadata: Readonly<Record<string, string>> = {}): Uint8Array {
    return encodeModel({
      irVersion: IR_VERSION,
      producerName: "hermes",
      opsets: [
        { domain: "", version: OPSET },
        { domain: "com.microsoft", version: 1 },
        ...(this.#nodes.some((node) => node.domain === "com.microsoft.nchwc")
          ? [{ domain: "com.microsoft.nchwc", version: 1 }]
          : []),
      ],
      graphName: "program",
      nodes: this.#liveNodes(),
      initializers: this.#initializers,
      inputs: this.#inputs,
      outputs: this.#outputs,
      metadata,
    });
  }

  #liveNodes(): OnnxNode[] {
    const needed = new Set(this.#outputs.map((output) => output.name));
    const live: OnnxNode[] = [];
    for (let i = this.#nodes.length - 1; i >= 0; i--) {
      const node = this.#nodes[i]!;
      if (!node.outputs.some((output) => needed.has(output.name))) continue;
      for (const input of node.inputs) needed.add(input);
      live.push({
        name: node.name,
        op_type: node.opType,
        domain: node.domain,
        input: node.inputs,
        output: node.outputs.map((output) => output.name),
        attribute: Object.entries(node.attributes).map(([name, value]) => encodeAttribute(name, value)),
      });
    }
    return live.reverse();
  }
}

const utf8 = new TextEncoder();

const MOST_DIGESTED = 1024;

/** FNV-1a over some of the bytes; only narrows the search for an equal constant. */
function digest(bytes: Uint8Array): number {
  const step = Math.ceil(bytes.length / MOST_DIGESTED) | 1;
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i += step) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash;
}

/** @param a from its buffer's start, like b */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  const words = a.length >> 2;
  const [left, right] = [new Int32Array(a.buffer, 0, words), new Int32Array(b.buffer, 0, words)];
  for (let i = 0; i < words; i++) if (left[i] !== right[i]) return false;
  for (let i = words << 2; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function encodeAttribute(name: string, value: NodeAttribute): OnnxAttribute {
  if (typeof value === "number") return { name, type: attributeType.int, i: value };
  if (typeof value === "string") return { name, type: attributeType.string, s: utf8.encode(value) };
  if ("float" in value) return { name, type: attributeType.float, f: value.float };
  if ("floats" in value) return { name, type: attributeType.floats, floats: value.floats };
  return { name, type: attributeType.ints, ints: value };
}
