import protobuf from "protobufjs/light.js";
import { onnxDescriptor } from "../onnx/descriptor.js";

/** A node of an ONNX file. */
export interface ReadNode {
  readonly op_type: string;
  readonly domain: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
}

const modelProto = protobuf.Root.fromJSON(onnxDescriptor).lookupType("onnx.ModelProto");

/** @returns the nodes of an ONNX file in their order */
export function readNodes(model: Uint8Array): readonly ReadNode[] {
  const read: { readonly graph: { readonly node: readonly ReadNode[] } } = Object.assign(
    Object.create(null),
    modelProto.decode(model),
  );
  return read.graph.node;
}
