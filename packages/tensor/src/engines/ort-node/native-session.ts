import * as ort from "onnxruntime-node";
import { type OutputBinding, readDynamicOutput, readOutput } from "../output-binding.js";
import type { SessionSettings, WireArray } from "./protocol.js";
import { sessionOptions } from "./session-options.js";

/**
 * `fresh`: new arrays at every run. Otherwise every run overwrites the arrays of the first, or the home that the map has
 * for the value of that name: what is wanted longer must be copied.
 */
type OutputPolicy = "fresh" | ReadonlyMap<string, Float32Array>;

/** One ONNX Runtime session on the calling thread; `run` blocks it. */
export class NativeSession {
  #kept: Record<string, ort.Tensor> = {};

  private constructor(
    private readonly session: ort.InferenceSession,
    private readonly outputs: OutputPolicy,
  ) {}

  static async create(
    model: Uint8Array,
    settings: SessionSettings,
    outputs: OutputPolicy,
  ): Promise<NativeSession> {
    return new NativeSession(await ort.InferenceSession.create(model, sessionOptions(settings)), outputs);
  }

  /** @returns the values that the program's outputs stand for, in the model's shapes, in the order asked for */
  async run(feeds: readonly WireArray[], outputs: readonly OutputBinding[]): Promise<WireArray[]> {
    const tensors: Record<string, ort.Tensor> = {};
    for (const { name, dtype, shape, data } of feeds) tensors[name] = new ort.Tensor(dtype, data, shape);
    const results = await this.session.run(tensors, { ...this.#unkept, ...this.#kept });
    if (this.outputs !== "fresh" && Object.keys(this.#kept).length === 0) this.#keep(results, this.outputs);
    return outputs.map((output) => ({
      name: output.name,
      ...readOutput(output, (this.#kept[output.value] ?? results[output.value]!).data),
    }));
  }

  /** The library writes into arrays that it is handed, though what it returns are copies of them. */
  #keep(results: ort.InferenceSession.OnnxValueMapType, homes: ReadonlyMap<string, Float32Array>): void {
    for (const [name, result] of Object.entries(results)) {
      const home = homes.get(name);
      if (home === undefined || !(result.data instanceof Float32Array)) this.#kept[name] = result;
      else {
        home.set(result.data);
        this.#kept[name] = new ort.Tensor("float32", home, result.dims);
      }
    }
  }

  /** Names of the file's own inputs and outputs. */
  get names(): { readonly inputs: readonly string[]; readonly outputs: readonly string[] } {
    return { inputs: this.session.inputNames, outputs: this.session.outputNames };
  }

  /** @returns outputs by the file's own names, in the shapes that they came out in */
  async runNamed(feeds: readonly WireArray[], names: readonly string[]): Promise<WireArray[]> {
    const tensors: Record<string, ort.Tensor> = {};
    for (const { name, dtype, shape, data } of feeds) tensors[name] = new ort.Tensor(dtype, data, shape);
    const results = await this.session.run(tensors, names);
    return names.map((name) => ({ name, ...readDynamicOutput(name, results[name]!) }));
  }

  get #unkept(): Record<string, null> {
    return Object.fromEntries(this.session.outputNames.map((name) => [name, null]));
  }

  async release(): Promise<void> {
    this.#kept = {};
    await this.session.release();
  }
}
