import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import protobuf from "protobufjs/light.js";
import { onnxDescriptor } from "./descriptor.js";

/** What can be told of an ONNX file without running it. */
export interface OnnxSummary {
  readonly producerName: string;
  /** Number of the standard operator set. */
  readonly opset: number;
  readonly nodes: number;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** SHA-256 over names and bytes of all constants, in lower-case hex. */
  readonly weightsSha256: string;
  readonly weightsBytes: number;
}

interface ReadTensor {
  readonly name: string;
  readonly raw_data: Uint8Array;
}

interface ReadModel {
  readonly producer_name: string;
  readonly opset_import: readonly {
    readonly domain: string;
    readonly version: number | { toNumber(): number };
  }[];
  readonly metadata_props: readonly { readonly key: string; readonly value: string }[];
  readonly graph: {
    readonly node: readonly object[];
    readonly initializer: readonly ReadTensor[];
    readonly input: readonly { readonly name: string }[];
    readonly output: readonly { readonly name: string }[];
  } | null;
}

const modelProto = protobuf.Root.fromJSON(onnxDescriptor).lookupType("onnx.ModelProto");

/**
 * Reads what an ONNX file says of itself.
 * @throws Error when the bytes are no whole ONNX model
 */
export function readModel(bytes: Uint8Array): OnnxSummary {
  const { graph, ...model }: ReadModel = Object.assign(Object.create(null), modelProto.decode(bytes));
  if (graph === null || graph.node.length === 0) throw new Error("no graph in it");
  const standard = model.opset_import.find(({ domain }) => domain === "")?.version ?? 0;
  return {
    producerName: model.producer_name,
    opset: typeof standard === "number" ? standard : standard.toNumber(),
    nodes: graph.node.length,
    inputs: graph.input.map(({ name }) => name),
    outputs: graph.output.map(({ name }) => name),
    metadata: Object.fromEntries(model.metadata_props.map(({ key, value }) => [key, value])),
    weightsSha256: digestOf(graph.initializer),
    weightsBytes: graph.initializer.reduce((sum, { raw_data }) => sum + raw_data.length, 0),
  };
}

function digestOf(tensors: readonly ReadTensor[]): string {
  const hash = sha256.create();
  for (const { name, raw_data } of tensors) hash.update(utf8ToBytes(name)).update(raw_data);
  return bytesToHex(hash.digest());
}
