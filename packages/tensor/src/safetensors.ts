/**
 * The safetensors format (https://github.com/huggingface/safetensors): a length, a JSON header, raw
 * little-endian data. Reading makes views; nothing is copied until a tensor needs it.
 */
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from "./float16.js";
import {
  LENGTH_BYTES,
  METADATA_KEY,
  parseSafetensorsHeader,
  SAFETENSORS_DTYPE_BYTES,
  type SafetensorsDType,
  type SafetensorsEntry,
  SafetensorsError,
  type SafetensorsHeader,
} from "./safetensors-header.js";
import { sizeOf } from "./shape.js";

/** F16 and BF16 are float32 in memory: converted when read, rounded to nearest even when written. */
export type SafetensorsTensor =
  | { readonly dtype: "F32" | "F16" | "BF16"; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: "F64"; readonly shape: readonly number[]; readonly data: Float64Array }
  | { readonly dtype: "I64"; readonly shape: readonly number[]; readonly data: BigInt64Array }
  | { readonly dtype: "I32"; readonly shape: readonly number[]; readonly data: Int32Array }
  | { readonly dtype: "U8" | "BOOL"; readonly shape: readonly number[]; readonly data: Uint8Array };

/** An opened file. The tensors share its bytes: change the one and the other changes. */
export class SafetensorsFile {
  readonly #bytes: Uint8Array;
  readonly #header: SafetensorsHeader;

  /** @param bytes the whole file. @throws SafetensorsError if its header does not describe exactly its data. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#header = parseSafetensorsHeader(bytes);
  }

  /** All entries by tensor name, in the header's order. */
  get entries(): ReadonlyMap<string, SafetensorsEntry> {
    return this.#header.entries;
  }

  get metadata(): Readonly<Record<string, string>> {
    return this.#header.metadata;
  }

  /** @returns a view of the file where the data lies aligned (as writeSafetensors lays it), otherwise a copy. */
  tensor(name: string): SafetensorsTensor {
    const entry = this.#entry(name);
    const { dtype, shape } = entry;
    switch (dtype) {
      case "F32":
        return { dtype, shape, data: this.#view(entry, Float32Array) };
      case "F16":
        return { dtype, shape, data: float16ToFloat32(this.#view(entry, Uint16Array)) };
      case "BF16":
        return { dtype, shape, data: bfloat16ToFloat32(this.#view(entry, Uint16Array)) };
      case "F64":
        return { dtype, shape, data: this.#view(entry, Float64Array) };
      case "I64":
        return { dtype, shape, data: this.#view(entry, BigInt64Array) };
      case "I32":
        return { dtype, shape, data: this.#view(entry, Int32Array) };
      case "U8":
      case "BOOL":
        return { dtype, shape, data: this.#view(entry, Uint8Array) };
    }
  }

  /** @returns the numbers of a floating-point tensor; a view for aligned F32, otherwise converted. */
  float32(name: string): Float32Array {
    const { dtype, data } = this.tensor(name);
    if (data instanceof Float32Array) return data;
    if (data instanceof Float64Array) return Float32Array.from(data);
    throw new SafetensorsError(
      `safetensors: tensor "${name}" as float32`,
      dtype,
      "F32, F16, BF16 or F64",
      "read it with tensor(name)",
    );
  }

  #entry(name: string): SafetensorsEntry {
    const entry = this.entries.get(name);
    if (entry !== undefined) return entry;
    throw new SafetensorsError(
      "safetensors",
      `the name "${name}"`,
      `one of the file's ${this.entries.size} tensors`,
      "look the names up in entries",
    );
  }

  #view<T>(entry: SafetensorsEntry, type: ViewType<T>): T {
    const from = this.#bytes.byteOffset + this.#header.dataStartByte + entry.beginByte;
    const length = (entry.endByte - entry.beginByte) / type.BYTES_PER_ELEMENT;
    if (from % type.BYTES_PER_ELEMENT === 0) return new type(this.#bytes.buffer, from, length);
    return new type(this.#bytes.buffer.slice(from, from + length * type.BYTES_PER_ELEMENT), 0, length);
  }
}

interface ViewType<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
}

/**
 * The same tensors and metadata give the same bytes whatever their order: names are sorted in the header; the
 * data begins at a multiple of 8 bytes and goes from wide elements to narrow ones, then by name, so that every
 * tensor is aligned although the format allows no gaps.
 *
 * @param metadata free text by name, kept in the header.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, SafetensorsTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  for (const [name, tensor] of tensors) checkTensor(name, tensor);
  const names = [...tensors.keys()].sort();
  const placed = new Map<string, number>();
  let dataBytes = 0;
  for (const name of names.toSorted((a, b) => widthOf(tensors.get(b)!) - widthOf(tensors.get(a)!))) {
    placed.set(name, dataBytes);
    dataBytes += byteLengthOf(tensors.get(name)!);
  }
  const header = headerBytes(names, tensors, placed, metadata);
  const file = new Uint8Array(LENGTH_BYTES + header.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, LENGTH_BYTES);
  for (const [name, beginByte] of placed) {
    file.set(rawBytes(tensors.get(name)!), LENGTH_BYTES + header.length + beginByte);
  }
  return file;
}

function headerBytes(
  names: readonly string[],
  tensors: ReadonlyMap<string, SafetensorsTensor>,
  placed: ReadonlyMap<string, number>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  // Fields are joined by hand because an object would put names like "10" first and lose "__proto__".
  const fields = names.map((name) => {
    const tensor = tensors.get(name)!;
    const beginByte = placed.get(name)!;
    const entry = {
      dtype: tensor.dtype,
      shape: tensor.shape,
      data_offsets: [beginByte, beginByte + byteLengthOf(tensor)],
    };
    return `${JSON.stringify(name)}:${JSON.stringify(entry)}`;
  });
  const texts = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  if (texts.length > 0) {
    const inner = texts.map(([name, text]) => `${JSON.stringify(name)}:${JSON.stringify(text)}`);
    fields.unshift(`${JSON.stringify(METADATA_KEY)}:{${inner.join(",")}}`);
  }
  const json = new TextEncoder().encode(`{${fields.join(",")}}`);
  const padded = new Uint8Array(8 * Math.ceil(json.length / 8)).fill(0x20);
  padded.set(json);
  return padded;
}

function checkTensor(name: string, { dtype, shape, data }: SafetensorsTensor): void {
  if (name === METADATA_KEY) {
    throw new SafetensorsError(
      "writeSafetensors",
      `a tensor named ${METADATA_KEY}`,
      "another name",
      "rename it",
    );
  }
  if (shape.some((size) => !Number.isSafeInteger(size) || size < 0)) {
    throw new SafetensorsError(
      `writeSafetensors: shape of tensor "${name}"`,
      `[${shape.join(", ")}]`,
      "whole numbers >= 0",
      "correct the shape",
    );
  }
  const count = sizeOf(shape);
  if (count !== data.length) {
    throw new SafetensorsError(
      `writeSafetensors: tensor "${name}"`,
      `${data.length} elements`,
      `${count} for ${dtype} of shape [${shape.join(", ")}]`,
      "correct the shape or the data",
    );
  }
}

function widthOf({ dtype }: { readonly dtype: SafetensorsDType }): number {
  return SAFETENSORS_DTYPE_BYTES[dtype];
}

function byteLengthOf(tensor: SafetensorsTensor): number {
  return tensor.data.length * widthOf(tensor);
}

function rawBytes(tensor: SafetensorsTensor): Uint8Array {
  const data = storedData(tensor);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function storedData(tensor: SafetensorsTensor): ArrayBufferView {
  switch (tensor.dtype) {
    case "F16":
      return float32ToFloat16(tensor.data);
    case "BF16":
      return float32ToBfloat16(tensor.data);
    default:
      return tensor.data;
  }
}
