import { TensorError } from "./errors.js";
import { sizeOf } from "./shape.js";

/** Bytes per element of the dtypes that are read and written. */
export const SAFETENSORS_DTYPE_BYTES = {
  F64: 8,
  I64: 8,
  F32: 4,
  I32: 4,
  F16: 2,
  BF16: 2,
  U8: 1,
  BOOL: 1,
} as const;
export type SafetensorsDType = keyof typeof SAFETENSORS_DTYPE_BYTES;

/** A file that is not valid safetensors, or a tensor that cannot be read or written as asked. */
export class SafetensorsError extends TensorError {
  override readonly name = "SafetensorsError";
}

/** Where one tensor lies; offsets count from the first byte after the header. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
  readonly beginByte: number;
  readonly endByte: number;
}

export interface SafetensorsHeader {
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Place of the data section in the file. */
  readonly dataStartByte: number;
}

export const METADATA_KEY = "__metadata__";
/** Size of the number in front of the header. */
export const LENGTH_BYTES = 8;
/** The reference implementation's limit. */
const MAX_HEADER_BYTES = 100_000_000;

/**
 * Reads and checks everything but the data: https://github.com/huggingface/safetensors (Format).
 * Whatever the header claims is compared with the bytes that are there before anything is allocated for it.
 *
 * @param bytes the whole file.
 */
export function parseSafetensorsHeader(bytes: Uint8Array): SafetensorsHeader {
  const headerBytes = headerLength(bytes);
  const dataStartByte = LENGTH_BYTES + headerBytes;
  const json = parseJson(bytes.subarray(LENGTH_BYTES, dataStartByte));
  const entries = new Map<string, SafetensorsEntry>();
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(json)) {
    if (name === METADATA_KEY) metadata = checkMetadata(value);
    else entries.set(name, checkEntry(name, value));
  }
  checkLayout([...entries.values()], bytes.length - dataStartByte);
  return { entries, metadata, dataStartByte };
}

function headerLength(bytes: Uint8Array): number {
  if (bytes.length < LENGTH_BYTES) {
    throw fileError("length of the file", `${bytes.length} bytes`, `at least ${LENGTH_BYTES}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw fileError("header length", `${length} bytes`, `at most ${MAX_HEADER_BYTES}`);
  }
  const available = bytes.length - LENGTH_BYTES;
  if (length > BigInt(available)) {
    throw fileError("header length", `${length} bytes`, `at most the ${available} that follow in the file`);
  }
  return Number(length);
}

function parseJson(headerBytes: Uint8Array): Readonly<Record<string, unknown>> {
  let text: string;
  let json: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(headerBytes);
    json = JSON.parse(text);
  } catch (error) {
    throw fileError("header", error instanceof Error ? error.message : String(error), "JSON in UTF-8");
  }
  if (!isRecord(json)) throw fileError("header", describe(json), "a JSON object");
  const twice = firstDuplicateKey(text);
  if (twice !== undefined) throw fileError("header", `the name ${quote(twice)} twice`, "each name once");
  return json;
}

/** @returns a key that one object of this valid JSON text holds twice (JSON.parse keeps the last silently). */
function firstDuplicateKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "{") open.push(new Set());
    else if (character === "}") open.pop();
    else if (character === '"') {
      const end = stringEnd(text, at);
      if (isKey(text, end)) {
        const name: string = JSON.parse(text.slice(at, end));
        const names = open[open.length - 1]!;
        if (names.has(name)) return name;
        names.add(name);
      }
      at = end - 1;
    }
  }
  return undefined;
}

/** @returns the place after the JSON string that begins at `start`. */
function stringEnd(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (backslashesBefore(text, quote) % 2 === 1) quote = text.indexOf('"', quote + 1);
  return quote + 1;
}

function backslashesBefore(text: string, place: number): number {
  let first = place;
  while (text[first - 1] === "\\") first--;
  return place - first;
}

function isKey(text: string, stringEndsAt: number): boolean {
  let at = stringEndsAt;
  while (" \t\n\r".includes(text[at] ?? "x")) at++;
  return text[at] === ":";
}

function checkMetadata(value: unknown): Record<string, string> {
  if (!isRecord(value)) throw fileError(METADATA_KEY, describe(value), "an object of strings");
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== "string")
      throw fileError(`${METADATA_KEY} ${quote(name)}`, describe(text), "a string");
  }
  return value as Record<string, string>;
}

function checkEntry(name: string, value: unknown): SafetensorsEntry {
  const what = `tensor ${quote(name)}`;
  if (!isRecord(value))
    throw fileError(what, describe(value), "an object with dtype, shape and data_offsets");
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isDType(dtype)) {
    throw fileError(`dtype of ${what}`, describe(dtype), Object.keys(SAFETENSORS_DTYPE_BYTES).join(", "));
  }
  if (!isSizes(shape)) throw fileError(`shape of ${what}`, describe(shape), "whole numbers >= 0");
  const [beginByte, endByte] = isSizes(offsets) && offsets.length === 2 ? offsets : [];
  if (beginByte === undefined || endByte === undefined || beginByte > endByte) {
    throw fileError(`data_offsets of ${what}`, describe(offsets), "[begin, end] with 0 <= begin <= end");
  }
  const byteLength = sizeOf(shape) * SAFETENSORS_DTYPE_BYTES[dtype];
  if (byteLength !== endByte - beginByte) {
    throw fileError(
      `data_offsets of ${what}`,
      `${endByte - beginByte} bytes`,
      `${byteLength} for ${dtype} of shape [${shape.join(", ")}]`,
    );
  }
  return { name, dtype, shape, beginByte, endByte };
}

/** The tensors must cover the data section without holes and overlaps. */
function checkLayout(entries: readonly SafetensorsEntry[], dataBytes: number): void {
  const ordered = entries.toSorted((a, b) => a.beginByte - b.beginByte || a.endByte - b.endByte);
  let covered = 0;
  let before = "the start of the data";
  for (const { name, beginByte, endByte } of ordered) {
    if (endByte > dataBytes) {
      throw fileError(
        `tensor ${quote(name)}`,
        `data up to byte ${endByte}`,
        `no more than the ${dataBytes} bytes of data that the file holds`,
      );
    }
    if (beginByte !== covered) {
      const fault = beginByte < covered ? "that overlap" : "that leave a hole after";
      throw fileError(
        `tensor ${quote(name)}`,
        `data from byte ${beginByte} ${fault} ${before}`,
        `data from byte ${covered}`,
      );
    }
    covered = endByte;
    before = `tensor ${quote(name)}`;
  }
  if (covered !== dataBytes) {
    throw fileError("data", `${dataBytes} bytes`, `the ${covered} that the header describes`);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isDType(value: unknown): value is SafetensorsDType {
  return typeof value === "string" && Object.hasOwn(SAFETENSORS_DTYPE_BYTES, value);
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && each >= 0);
}

/** Short however large or deep the value is. */
function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) {
    const flat = value.length <= 8 && value.every((each) => typeof each !== "object" || each === null);
    return flat ? `[${value.map(describe).join(",")}]` : `a list of ${value.length} items`;
  }
  return isRecord(value) ? "an object" : String(value);
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}

function fileError(what: string, got: string, wanted: string): SafetensorsError {
  return new SafetensorsError(
    `safetensors: ${what}`,
    got,
    wanted,
    "the file is damaged, cut short or of another format: fetch or write it again",
  );
}
