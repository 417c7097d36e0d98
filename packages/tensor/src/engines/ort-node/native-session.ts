import * as ort from "onnxruntime-node";
import { EngineError } from "../../errors.js";
import { formatType } from "../../shape.js";
import type { OutputBinding, SessionSettings, WireArray } from "./protocol.js";

/** `kept`: every run overwrites the arrays of the one before, so that large ones are not allocated anew. */
type OutputPolicy = "fresh" | "kept";

/** One ONNX Runtime session on the calling thread; `run` blocks it. */
export class NativeSession {
  #kept: Record<string, ort.Tensor> = {};

  private constructor(
    private readonly session: ort.InferenceSession,
    private readonly outputs: OutputPolicy,
  ) {}

  static async create(
    model: Uint8Array,
    { threads, providers }: SessionSettings,
    outputs: OutputPolicy,
  ): Promise<NativeSession> {
    const session = await ort.InferenceSession.create(model, {
      executionProviders: [...providers],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: "all",
      enableMemPattern: false,
      logSeverityLevel: 3,
      // Sessions that take turns would otherwise spin against each other.
      extra: { session: { force_spinning_stop: "1" } },
    });
    return new NativeSession(session, outputs);
  }

  /** @returns the values that the program's outputs stand for, in the model's shapes, in the order asked for */
  async run(feeds: readonly WireArray[], outputs: readonly OutputBinding[]): Promise<WireArray[]> {
    const tensors: Record<string, ort.Tensor> = {};
    for (const { name, dtype, shape, data } of feeds) tensors[name] = new ort.Tensor(dtype, data, shape);
    const results = await this.session.run(tensors, { ...this.#unkept, ...this.#kept });
    if (this.outputs === "kept") this.#kept = results;
    return outputs.map(({ name, value, type }) => {
      const { data } = results[value]!;
      if (!(data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint8Array)) {
        throw new EngineError(
          `output ${name}`,
          "elements of another type",
          formatType(type),
          "cast the output",
        );
      }
      return { name, dtype: type.dtype, shape: type.shape, data };
    });
  }

  get #unkept(): Record<string, null> {
    return Object.fromEntries(this.session.outputNames.map((name) => [name, null]));
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

/** @returns the execution providers in this build of ONNX Runtime, `cpu` among them. */
export function availableProviders(): string[] {
  return ort.listSupportedBackends().map((backend) => backend.name);
}
