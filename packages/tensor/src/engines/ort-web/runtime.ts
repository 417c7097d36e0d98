import type * as Ort from "onnxruntime-common";
import { EngineError } from "../../errors.js";
import type { OrtWebProvider } from "./provider.js";

/** The part of ONNX Runtime Web that the engine uses. */
export type OrtWeb = Pick<typeof Ort, "InferenceSession" | "Tensor" | "env">;

export interface RuntimeSettings {
  readonly threads: number;
  /** Folder with the files of {@link ortWebFiles}; `null`: beside the bundle. */
  readonly wasmPaths: string | null;
}

/** Each build once per page: ONNX Runtime cannot change its threads or files after its first session. */
const started = new Map<OrtWebProvider, { readonly settings: RuntimeSettings; readonly ort: OrtWeb }>();

/**
 * Loads the build of ONNX Runtime Web for a provider: plain wasm is half the download of the one with WebGPU.
 * @throws EngineError when this page already started it with other settings
 */
export async function loadRuntime(provider: OrtWebProvider, settings: RuntimeSettings): Promise<OrtWeb> {
  const ort = await importBuild(provider);
  const known = started.get(provider);
  if (known === undefined) {
    ort.env.wasm.numThreads = settings.threads;
    if (settings.wasmPaths !== null) ort.env.wasm.wasmPaths = settings.wasmPaths;
    ort.env.logLevel = "error";
    started.set(provider, { settings, ort });
    return ort;
  }
  const { threads, wasmPaths } = known.settings;
  if (threads !== settings.threads || wasmPaths !== settings.wasmPaths) {
    throw new EngineError(
      "ortWebEngine",
      `threads ${settings.threads} and files at ${settings.wasmPaths ?? "the bundle"}`,
      `threads ${threads} and files at ${wasmPaths ?? "the bundle"}, as this page's first engine`,
      "use the same settings, or another worker",
    );
  }
  return known.ort;
}

function importBuild(provider: OrtWebProvider): Promise<OrtWeb> {
  switch (provider) {
    case "wasm":
      return import("onnxruntime-web/wasm");
    case "webgpu":
      return import("onnxruntime-web/webgpu");
    default:
      return provider satisfies never;
  }
}

const builds = {
  wasm: "ort-wasm-simd-threaded",
  webgpu: "ort-wasm-simd-threaded.asyncify",
} as const satisfies { readonly [P in OrtWebProvider]: string };

/** @returns the files of `onnxruntime-web/dist` that a server must offer under `wasmPaths` */
export function ortWebFiles(provider: OrtWebProvider): readonly string[] {
  return [`${builds[provider]}.mjs`, `${builds[provider]}.wasm`];
}
