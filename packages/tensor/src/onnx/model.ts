import protobuf from "protobufjs/light.js";
import { onnxDescriptor } from "./descriptor.js";

/** Plain-object form of the ONNX messages that we write and read; field names are those of onnx.proto. */
export interface OnnxAttribute {
  readonly name: string;
  readonly type: number;
  readonly f?: number;
  readonly i?: number;
  readonly s?: Uint8Array;
  readonly ints?: readonly number[];
  readonly floats?: readonly number[];
}

export interface OnnxNode {
  readonly name: string;
  readonly op_type: string;
  readonly domain: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly OnnxAttribute[];
}

export interface OnnxTensor {
  readonly name: string;
  readonly data_type: number;
  readonly dims: readonly number[];
  readonly raw_data: Uint8Array;
}

/** A number is a fixed extent, a string the name of one that is known at run time. */
export type OnnxExtent = number | string;

export interface OnnxValueInfo {
  readonly name: string;
  readonly elementType: number;
  /** Left out where the reader need not be told. */
  readonly dims?: readonly OnnxExtent[];
}

export interface OnnxModel {
  readonly irVersion: number;
  readonly producerName: string;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly graphName: string;
  readonly docString?: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** TensorProto.DataType */
export const onnxType = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9, float16: 10 } as const;
/** AttributeProto.AttributeType */
export const attributeType = { float: 1, int: 2, string: 3, floats: 6, ints: 7 } as const;

const modelProto = protobuf.Root.fromJSON(onnxDescriptor).lookupType("onnx.ModelProto");

function valueInfo({ name, elementType, dims }: OnnxValueInfo) {
  if (dims === undefined) return { name, type: { tensor_type: { elem_type: elementType } } };
  const dim = dims.map((extent) =>
    typeof extent === "number" ? { dim_value: extent } : { dim_param: extent },
  );
  return { name, type: { tensor_type: { elem_type: elementType, shape: { dim } } } };
}

/** @returns the bytes of an ONNX file, written through protobufjs from the official schema. */
export function encodeModel(model: OnnxModel): Uint8Array {
  const message = {
    ir_version: model.irVersion,
    producer_name: model.producerName,
    opset_import: model.opsets,
    metadata_props: Object.entries(model.metadata).map(([key, value]) => ({ key, value })),
    ...(model.docString === undefined ? {} : { doc_string: model.docString }),
    graph: {
      name: model.graphName,
      node: model.nodes,
      initializer: model.initializers,
      input: model.inputs.map(valueInfo),
      output: model.outputs.map(valueInfo),
    },
  };
  const problem = modelProto.verify(message);
  if (problem !== null) throw new Error(`an ONNX model that cannot be written: ${problem}`);
  return modelProto.encode(message).finish();
}
