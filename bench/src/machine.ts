import { readFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";

/** What a measurement was made on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly platform: string;
  readonly node: string;
  readonly onnxRuntime: string;
  /** UTC, to the minute. */
  readonly date: string;
}

export function describeMachine(): Machine {
  const manifest = new URL("../package.json", import.meta.resolve("@hermes-us/tensor"));
  const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(
    readFileSync(manifest, "utf8"),
  );
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
    onnxRuntime: dependencies["onnxruntime-node"] ?? "unknown",
    date: `${new Date().toISOString().slice(0, 16)}Z`,
  };
}

export function machineLine({ cpu, cores, memoryGb, platform, node, onnxRuntime, date }: Machine): string {
  return `${cpu}, ${cores} cores, ${memoryGb} GB, ${platform}; Node ${node}, ONNX Runtime ${onnxRuntime}; ${date}`;
}
