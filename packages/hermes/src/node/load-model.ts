import { readFile } from "node:fs/promises";
import { openOrtNodeModel, type OrtNodeModelOptions } from "@hermes-us/tensor/ort-node";
import { UserError } from "../errors.js";
import { loadModelOn, type Model } from "../predict/model.js";

/**
 * Makes a model file ready in Node: `const model = await loadModel(bytes)`.
 * @throws UserError if the file is not a whole model of this version
 */
export function loadModel(
  bytes: Uint8Array,
  options: OrtNodeModelOptions = {},
  name?: string,
): Promise<Model> {
  return loadModelOn(bytes, (model) => openOrtNodeModel(model, options), name);
}

/** @throws UserError if the file cannot be read */
export async function readModelBytes(path: string): Promise<Uint8Array> {
  return readFile(path).catch((error: Error) => {
    throw UserError.of(path, error.message, "a model file that can be read", "check the path");
  });
}
