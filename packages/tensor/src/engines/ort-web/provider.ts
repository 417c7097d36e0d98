import { EngineError } from "../../errors.js";

export type OrtWebProvider = "wasm" | "webgpu";

/** What of a browser decides which providers there are; `null` parts are missing. */
export interface WebEnvironment {
  readonly webAssembly: object | null;
  /** `navigator.gpu` */
  readonly gpu: { requestAdapter(): Promise<object | null> } | null;
  /** Threads share memory, for which the page needs the COOP and COEP headers. */
  readonly isolation: "isolated" | "shared";
  readonly cores: number;
}

/** @returns the surroundings of this page or worker */
export function webEnvironment(): WebEnvironment {
  const { navigator, crossOriginIsolated } = globalThis;
  return {
    webAssembly: globalThis.WebAssembly ?? null,
    gpu: gpuOf(navigator),
    isolation: crossOriginIsolated ? "isolated" : "shared",
    cores: navigator?.hardwareConcurrency ?? 1,
  };
}

function gpuOf(navigator: object | undefined): WebEnvironment["gpu"] {
  const gpu: unknown = navigator !== undefined && "gpu" in navigator ? navigator.gpu : undefined;
  if (typeof gpu !== "object" || gpu === null || !("requestAdapter" in gpu)) return null;
  const { requestAdapter } = gpu;
  return typeof requestAdapter === "function" ? { requestAdapter: () => requestAdapter.call(gpu) } : null;
}

/** @returns the providers that work here; WebGPU needs an adapter besides the interface */
export async function availableWebProviders({ webAssembly, gpu }: WebEnvironment): Promise<OrtWebProvider[]> {
  if (webAssembly === null) return [];
  const adapter = gpu === null ? null : await gpu.requestAdapter().catch(() => null);
  return adapter === null ? ["wasm"] : ["wasm", "webgpu"];
}

/** @throws EngineError when `provider` does not work here, naming those that do */
export async function checkWebProvider(provider: string, environment: WebEnvironment): Promise<void> {
  const available: readonly string[] = await availableWebProviders(environment);
  if (available.includes(provider)) return;
  throw new EngineError(
    "ortWebEngine",
    `provider ${provider}`,
    available.length > 0 ? `one of ${available.join(", ")}` : "a browser with WebAssembly",
    "choose an available provider, or another browser",
  );
}

/**
 * @returns threads for the wasm kernels; by default all cores where memory can be shared, else 1
 * @throws EngineError when more than 1 are asked for and memory cannot be shared
 */
export function webThreads(wanted: number | undefined, { isolation, cores }: WebEnvironment): number {
  if (wanted === undefined) return isolation === "isolated" ? cores : 1;
  if (!Number.isInteger(wanted) || wanted < 1) {
    throw new EngineError("ortWebEngine", `threads ${wanted}`, "an integer of at least 1", "correct threads");
  }
  if (wanted > 1 && isolation === "shared") {
    throw new EngineError(
      "ortWebEngine",
      `threads ${wanted} on a page that is not cross-origin isolated`,
      "threads 1, or a page that may share memory",
      "serve it with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp",
    );
  }
  return wanted;
}
