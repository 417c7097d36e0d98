/**
 * Keeps ONNX Runtime from reporting to its maker. From version 1.29 on its official libraries for Linux and macOS send what they run on and
 * what models they open, and keep a device's identity in `~/.cache/Microsoft`, unless this variable is set before they make
 * their environment (https://github.com/microsoft/onnxruntime/pull/27379). Who sets the variable decides: `0` lets them report.
 *
 * The library reads the process's environment, which a worker thread cannot change: an engine made in a thread of yours needs the
 * variable in the process, or a thread with `SHARE_ENV`.
 */
export function disableTelemetry(): void {
  process.env.ORT_DISABLE_TELEMETRY ??= "1";
}
