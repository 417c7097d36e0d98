/** Element types of traced tensors. Indices and labels are `int32` in every engine. */
export type DType = "float32" | "int32" | "bool" | "uint8";

/** What the host hands over and gets back; `bool` travels as 0/1 bytes. */
export type HostData = Float32Array | Int32Array | Uint8Array;

export interface HostArray {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: HostData;
}

/** @returns a zeroed array of the host type that carries `dtype`. */
export function allocate(dtype: DType, length: number): HostData {
  switch (dtype) {
    case "float32":
      return new Float32Array(length);
    case "int32":
      return new Int32Array(length);
    case "bool":
    case "uint8":
      return new Uint8Array(length);
    default:
      dtype satisfies never;
      throw new Error(`unknown dtype ${String(dtype)}`);
  }
}

/** @returns whether `data` is the host type that carries `dtype`. */
export function carries(dtype: DType, data: HostData): boolean {
  switch (dtype) {
    case "float32":
      return data instanceof Float32Array;
    case "int32":
      return data instanceof Int32Array;
    case "bool":
    case "uint8":
      return data instanceof Uint8Array;
    default:
      dtype satisfies never;
      return false;
  }
}
