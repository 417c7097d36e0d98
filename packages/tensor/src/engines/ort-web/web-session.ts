import type { InferenceSession, Tensor } from "onnxruntime-common";
import type { Feeds, Fetches } from "../../engine.js";
import { EngineError } from "../../errors.js";
import type { Program } from "../../program.js";
import { bindModel, type OutputBinding, readOutput } from "../output-binding.js";
import type { OrtWebProvider } from "./provider.js";
import type { OrtWeb } from "./runtime.js";

/** One session of ONNX Runtime Web; runs wait for each other, since WebGPU refuses a second one at a time. */
export class WebSession implements AsyncDisposable {
  #queue: Promise<unknown> = Promise.resolve();
  #released: Promise<void> | null = null;

  private constructor(
    private readonly ort: OrtWeb,
    private readonly session: InferenceSession,
    private readonly outputs: readonly OutputBinding[],
    private readonly onReleased: (session: WebSession) => void,
  ) {}

  /** @throws EngineError when ONNX Runtime refuses the program */
  static async create(
    ort: OrtWeb,
    program: Program,
    provider: OrtWebProvider,
    onReleased: (session: WebSession) => void,
  ): Promise<WebSession> {
    const { model, outputs } = bindModel(program, "portable");
    const options: InferenceSession.SessionOptions = {
      executionProviders: [provider],
      graphOptimizationLevel: "all",
      enableMemPattern: false,
      logSeverityLevel: 3,
    };
    try {
      const session = await ort.InferenceSession.create(model, options);
      return new WebSession(ort, session, outputs, onReleased);
    } catch (error) {
      throw runtimeError(error, provider);
    }
  }

  async run(feeds: Feeds): Promise<Fetches> {
    if (this.#released !== null) {
      throw new EngineError("ort-web", "a session that was disposed of", "a live one", "dispose of it later");
    }
    const result = this.#queue.then(() => this.#run(feeds));
    this.#queue = result.catch(() => {});
    return result;
  }

  async #run(feeds: Feeds): Promise<Fetches> {
    const tensors: Record<string, Tensor> = {};
    for (const [name, { dtype, shape, data }] of Object.entries(feeds)) {
      tensors[name] = new this.ort.Tensor(dtype, data, shape);
    }
    const results = await this.session.run(tensors).catch((error: unknown) => {
      throw runtimeError(error, "the program");
    });
    return Object.fromEntries(
      this.outputs.map((output) => [output.name, readOutput(output, results[output.value]!.data)]),
    );
  }

  /** Waits for runs under way. Harmless when repeated. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#released ??= this.#queue.then(() => this.#release());
    return this.#released;
  }

  async #release(): Promise<void> {
    await this.session.release();
    this.onReleased(this);
  }
}

function runtimeError(error: unknown, subject: string): EngineError {
  const message = error instanceof Error ? error.message : String(error);
  return new EngineError(
    `onnxruntime-web on ${subject}`,
    message.trim(),
    "a program that it runs",
    "choose another provider, check that its wasm files are served, or report this program",
  );
}
