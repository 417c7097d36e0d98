import { openOrtWebModel, type OrtWebProvider } from "@hermes-us/tensor/ort-web";
import { loadModelOn, type Model } from "../predict/model.js";

export interface WebModelOptions {
  /** Default: `wasm`, which every browser has. */
  readonly provider?: OrtWebProvider;
  /** Threads of the wasm kernels. Default: all cores on a cross-origin isolated page, else 1. */
  readonly threads?: number;
  /** URL, ending in `/`, of the folder with ONNX Runtime's wasm files. Default: beside its script. */
  readonly wasmPaths?: string;
}

/**
 * Makes a model file ready in a browser: `const model = await loadModel(bytes)`.
 * @throws UserError if the file is not a whole model of this version
 */
export function loadModel(
  bytes: Uint8Array,
  { provider = "wasm", ...rest }: WebModelOptions = {},
): Promise<Model> {
  return loadModelOn(bytes, (model) => openOrtWebModel(model, { provider, ...rest }));
}
