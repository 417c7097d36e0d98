import type { InferenceSession } from "onnxruntime-node";
import type { SessionSettings } from "./protocol.js";

/** @returns ONNX Runtime's settings for one session; every provider takes them */
export function sessionOptions({ threads, providers }: SessionSettings): InferenceSession.SessionOptions {
  return {
    executionProviders: [...providers],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // DirectML takes nothing but sequential execution without a memory pattern, which elsewhere costs memory only.
    executionMode: "sequential",
    enableMemPattern: false,
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
    // Sessions that take turns would otherwise spin against each other.
    extra: { session: { force_spinning_stop: "1" } },
  };
}
