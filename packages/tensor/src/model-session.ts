import type { Feeds, Fetches } from "./engine.js";

/** An ONNX file made ready to run. It owns native memory: dispose of it. */
export interface ModelSession extends AsyncDisposable {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /**
   * Runs once. Feeds are not changed; runs asked for before the last one ended wait for it.
   * @param outputs names of the outputs that are wanted, of the file's own
   * @throws EngineError when the runtime refuses the feeds or fails
   */
  run(feeds: Feeds, outputs: readonly string[]): Promise<Fetches>;
}

/**
 * Makes an ONNX file ready on one runtime.
 * @throws EngineError when the runtime refuses it
 */
export type OpenModel = (model: Uint8Array) => Promise<ModelSession>;
