import * as ort from "onnxruntime-node";
import { EngineError } from "../../errors.js";
import type { SessionSettings, WireArray } from "./protocol.js";

/** One ONNX Runtime session on the calling thread; `run` blocks it. */
export class NativeSession {
  private constructor(private readonly session: ort.InferenceSession) {}

  static async create(model: Uint8Array, { threads, providers }: SessionSettings): Promise<NativeSession> {
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
    return new NativeSession(session);
  }

  async run(feeds: readonly WireArray[]): Promise<WireArray[]> {
    const tensors: Record<string, ort.Tensor> = {};
    for (const { name, dtype, shape, data } of feeds) tensors[name] = new ort.Tensor(dtype, data, shape);
    const results = await this.session.run(tensors);
    return this.session.outputNames.map((name) => {
      const { data, dims, type } = results[name]!;
      if (
        (type !== "float32" && type !== "int32" && type !== "bool" && type !== "uint8") ||
        !(data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint8Array)
      ) {
        throw new EngineError(
          `output ${name}`,
          `elements of type ${type}`,
          "float32, int32, bool or uint8",
          "cast the output",
        );
      }
      return { name, dtype: type, shape: dims, data };
    });
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

/** @returns the execution providers in this build of ONNX Runtime, `cpu` among them. */
export function availableProviders(): string[] {
  return ort.listSupportedBackends().map((backend) => backend.name);
}
