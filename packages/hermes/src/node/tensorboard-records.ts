import { crc32c } from "./crc32c.js";

/** What one record of an event file tells. */
export interface TensorboardRecord {
  readonly wallTimeSeconds: number;
  readonly step: number;
  readonly what:
    | { readonly kind: "file-version" }
    | { readonly kind: "session-start" }
    | { readonly kind: "values"; readonly values: readonly TensorboardValue[] };
}

export type TensorboardValue =
  | { readonly kind: "scalar"; readonly tag: string; readonly value: number }
  | { readonly kind: "image"; readonly tag: string; readonly picture: TensorboardPicture };

export interface TensorboardPicture {
  readonly widthPx: number;
  readonly heightPx: number;
  /** A PNG file in colour. */
  readonly png: Uint8Array;
}

const FILE_VERSION = "brain.Event:2";
/** SessionLog.SessionStatus.START: what an earlier process wrote for later steps is void. */
const SESSION_START = 1;
const COLOUR_SPACE_RGB = 3;

/**
 * @returns the record framed as TFRecord: length, its checksum, message `tensorflow.Event`, its checksum. Formats:
 * tensorflow/core/util/event.proto, framework/summary.proto, lib/io/record_writer.h of TensorFlow 2.
 */
export function encodeRecord(record: TensorboardRecord): Uint8Array {
  const message = encodeEvent(record);
  const out = new Uint8Array(message.length + 16);
  const view = new DataView(out.buffer);
  view.setBigUint64(0, BigInt(message.length), true);
  view.setUint32(8, maskedCrc(out.subarray(0, 8)), true);
  out.set(message, 12);
  view.setUint32(12 + message.length, maskedCrc(message), true);
  return out;
}

/** A checksum of data that holds checksums is weak, so it is turned and shifted by a constant. */
function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function encodeEvent({ wallTimeSeconds, step, what }: TensorboardRecord): Uint8Array {
  const head = [doubleField(1, wallTimeSeconds), varintField(2, step)];
  switch (what.kind) {
    case "file-version":
      return join([...head, bytesField(3, utf8(FILE_VERSION))]);
    case "session-start":
      return join([...head, bytesField(7, varintField(1, SESSION_START))]);
    case "values":
      return join([
        ...head,
        bytesField(5, join(what.values.map((value) => bytesField(1, encodeValue(value))))),
      ]);
    default:
      return what satisfies never;
  }
}

function encodeValue(value: TensorboardValue): Uint8Array {
  const tag = bytesField(1, utf8(value.tag));
  if (value.kind === "scalar") return join([tag, floatField(2, value.value)]);
  const { widthPx, heightPx, png } = value.picture;
  const image = join([
    varintField(1, heightPx),
    varintField(2, widthPx),
    varintField(3, COLOUR_SPACE_RGB),
    bytesField(4, png),
  ]);
  return join([tag, bytesField(4, image)]);
}

const wire = { varint: 0, double: 1, bytes: 2, float: 5 } as const;

function varint(value: number): Uint8Array {
  const out: number[] = [];
  let rest = BigInt(value);
  while (rest > 127n) {
    out.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return Uint8Array.from([...out, Number(rest)]);
}

function varintField(field: number, value: number): Uint8Array {
  return join([varint((field << 3) | wire.varint), varint(value)]);
}

function bytesField(field: number, bytes: Uint8Array): Uint8Array {
  return join([varint((field << 3) | wire.bytes), varint(bytes.length), bytes]);
}

function doubleField(field: number, value: number): Uint8Array {
  const data = new Uint8Array(8);
  new DataView(data.buffer).setFloat64(0, value, true);
  return join([varint((field << 3) | wire.double), data]);
}

function floatField(field: number, value: number): Uint8Array {
  const data = new Uint8Array(4);
  new DataView(data.buffer).setFloat32(0, value, true);
  return join([varint((field << 3) | wire.float), data]);
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
