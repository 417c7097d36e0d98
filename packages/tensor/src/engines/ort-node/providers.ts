import { EngineError } from "../../errors.js";
import { disableTelemetry } from "./telemetry.js";

/**
 * Loads ONNX Runtime, with its telemetry off: every engine begins here.
 * @returns the execution providers that this build knows, `cpu` first
 * @throws EngineError when the native library does not load
 */
export async function availableProviders(): Promise<string[]> {
  disableTelemetry();
  try {
    const { listSupportedBackends } = await import("onnxruntime-node");
    return listSupportedBackends().map((backend) => backend.name);
  } catch (error) {
    throw new EngineError(
      "ortNodeEngine",
      `no usable onnxruntime-node on ${process.platform}-${process.arch} (${error instanceof Error ? error.message.split("\n")[0] : String(error)})`,
      "its native library, which npm installs for Linux, Windows and Apple silicon",
      "reinstall onnxruntime-node, or use referenceEngine or, in a browser, ortWebEngine",
    );
  }
}

/**
 * @returns the providers to ask for in their order, `cpu` among them for the operators that the others lack
 * @throws EngineError when one is not among `available`
 */
export function chooseProviders(wanted: readonly string[], available: readonly string[]): string[] {
  const missing = wanted.filter((provider) => !available.includes(provider));
  if (missing.length > 0) {
    throw new EngineError(
      "ortNodeEngine",
      `provider ${missing.join(", ")}`,
      `one of ${available.join(", ")}`,
      "choose an available provider",
    );
  }
  return [...new Set([...wanted, "cpu"])];
}
