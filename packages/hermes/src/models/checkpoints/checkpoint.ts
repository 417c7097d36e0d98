import type { SafetensorsFile, Shape } from "@hermes-us/tensor";

export interface CheckpointTensor {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** Numbers by name, as a checkpoint holds them or a network wants them. */
export type CheckpointTensors = ReadonlyMap<string, CheckpointTensor>;

const FLOATING = new Set(["F32", "F16", "BF16", "F64"]);

/** @returns the floating-point tensors of a file; counters such as `num_batches_tracked` are left out */
export function checkpointTensors(file: SafetensorsFile): CheckpointTensors {
  const tensors = new Map<string, CheckpointTensor>();
  for (const [name, { dtype, shape }] of file.entries) {
    if (FLOATING.has(dtype)) tensors.set(name, { shape, data: file.float32(name) });
  }
  return tensors;
}
