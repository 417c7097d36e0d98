import type { InferenceSession, Tensor } from "onnxruntime-common";
import type { Feeds, Fetches } from "../../engine.js";
import { EngineError } from "../../errors.js";
import type { ModelSession } from "../../model-session.js";
import { readDynamicOutput } from "../output-binding.js";
import type { OrtWebOptions } from "./engine.js";
import { checkWebProvider, webEnvironment, webThreads } from "./provider.js";
import { loadRuntime, type OrtWeb } from "./runtime.js";

class WebModelSession implements ModelSession {
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly ort: OrtWeb,
    private readonly session: InferenceSession,
  ) {}

  get inputs(): readonly string[] {
    return this.session.inputNames;
  }

  get outputs(): readonly string[] {
    return this.session.outputNames;
  }

  run(feeds: Feeds, outputs: readonly string[]): Promise<Fetches> {
    const result = this.#queue.then(() => this.#run(feeds, outputs));
    this.#queue = result.catch(() => {});
    return result;
  }

  async #run(feeds: Feeds, outputs: readonly string[]): Promise<Fetches> {
    const tensors: Record<string, Tensor> = {};
    for (const [name, { dtype, shape, data }] of Object.entries(feeds)) {
      tensors[name] = new this.ort.Tensor(dtype, data, shape);
    }
    const results = await this.session.run(tensors, outputs).catch((error: unknown) => {
      throw refusal("a run", error);
    });
    return Object.fromEntries(outputs.map((name) => [name, readDynamicOutput(name, results[name]!)]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue;
    await this.session.release();
  }
}

/**
 * Makes an ONNX file ready in the calling thread; call it in a Web Worker where the page must stay responsive.
 * @throws EngineError when the provider is not there, or when it refuses the file
 */
export async function openOrtWebModel(
  model: Uint8Array,
  { provider, threads, wasmPaths }: OrtWebOptions,
): Promise<ModelSession> {
  const environment = webEnvironment();
  await checkWebProvider(provider, environment);
  const settings = { threads: webThreads(threads, environment), wasmPaths: wasmPaths ?? null };
  const ort = await loadRuntime(provider, settings);
  const options: InferenceSession.SessionOptions = {
    executionProviders: [provider],
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
  };
  const session = await ort.InferenceSession.create(model, options).catch((error: unknown) => {
    throw refusal("the model file", error);
  });
  return new WebModelSession(ort, session);
}

function refusal(subject: string, error: unknown): EngineError {
  const message = error instanceof Error ? error.message : String(error);
  return new EngineError(
    `onnxruntime-web on ${subject}`,
    message.trim(),
    "a model and an image that it runs",
    "choose another provider, or report this model",
  );
}
