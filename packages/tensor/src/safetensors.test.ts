import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SafetensorsFile, type SafetensorsTensor, writeSafetensors } from "./safetensors.js";
import { SafetensorsError } from "./safetensors-header.js";

const shared = process.env.HERMES_SHARED ?? fileURLToPath(new URL("../../../../shared", import.meta.url));
const weightsPath = `${shared}/weights/mobilenet_v2_1.0_imagenet.safetensors`;

/** Lays a file out by hand: claimed header length, header text, data. */
function rawFile(header: unknown, dataBytes: number | Uint8Array = 0, claimedLength?: bigint): Uint8Array {
  const text = typeof header === "string" ? header : JSON.stringify(header);
  const json = new TextEncoder().encode(text);
  const data = typeof dataBytes === "number" ? new Uint8Array(dataBytes) : dataBytes;
  const file = new Uint8Array(8 + json.length + data.length);
  new DataView(file.buffer).setBigUint64(0, claimedLength ?? BigInt(json.length), true);
  file.set(json, 8);
  file.set(data, 8 + json.length);
  return file;
}
const f32 = (begin: number, end: number, shape = [(end - begin) / 4]) => ({
  dtype: "F32",
  shape,
  data_offsets: [begin, end],
});

describe("SafetensorsFile", () => {
  // Bytes by hand after the format's description, not by our writer.
  const bytes = rawFile(
    {
      __metadata__: { format: "pt" },
      half: { dtype: "F16", shape: [2], data_offsets: [24, 28] },
      long: { dtype: "I64", shape: [1], data_offsets: [0, 8] },
      brain: { dtype: "BF16", shape: [1, 1], data_offsets: [28, 30] },
      double: { dtype: "F64", shape: [], data_offsets: [8, 16] },
      single: { dtype: "F32", shape: [1], data_offsets: [16, 20] },
      whole: { dtype: "I32", shape: [1], data_offsets: [20, 24] },
      flags: { dtype: "BOOL", shape: [2], data_offsets: [30, 32] },
      pixels: { dtype: "U8", shape: [1], data_offsets: [32, 33] },
      empty: { dtype: "F32", shape: [3, 0], data_offsets: [33, 33] },
    },
    Uint8Array.of(
      ...[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], // -2
      ...[0, 0, 0, 0, 0, 0, 0xf8, 0x3f], // 1.5
      ...[0, 0, 0x20, 0xc0], // -2.5
      ...[7, 1, 0, 0], // 263
      ...[0, 0x3c, 1, 0], // 1, 2^-24
      ...[0x40, 0x40], // 3
      ...[1, 0],
      200,
    ),
  );

  it.each([0, 1, 3, 4])("reads every dtype from a buffer at byte %d", (shift) => {
    const moved = new Uint8Array(bytes.length + shift).subarray(shift);
    moved.set(bytes);
    const file = new SafetensorsFile(moved);
    expect(file.metadata).toEqual({ format: "pt" });
    expect(file.tensor("long").data).toEqual(BigInt64Array.of(-2n));
    expect(file.tensor("double")).toEqual({ dtype: "F64", shape: [], data: Float64Array.of(1.5) });
    expect(file.tensor("single").data).toEqual(Float32Array.of(-2.5));
    expect(file.tensor("whole").data).toEqual(Int32Array.of(263));
    expect(file.tensor("half")).toEqual({ dtype: "F16", shape: [2], data: Float32Array.of(1, 2 ** -24) });
    expect(file.tensor("brain")).toEqual({ dtype: "BF16", shape: [1, 1], data: Float32Array.of(3) });
    expect(file.tensor("flags").data).toEqual(Uint8Array.of(1, 0));
    expect(file.tensor("pixels").data).toEqual(Uint8Array.of(200));
    expect(file.tensor("empty")).toEqual({ dtype: "F32", shape: [3, 0], data: new Float32Array(0) });
    expect(file.float32("double")).toEqual(Float32Array.of(1.5));
    expect(file.float32("brain")).toEqual(Float32Array.of(3));
    expect(() => file.float32("whole")).toThrow(
      'tensor "whole" as float32: got I32; wanted F32, F16, BF16 or F64',
    );
    expect(() => file.tensor("hole")).toThrow('got the name "hole"; wanted one of the file\'s 9 tensors');
  });

  it("views aligned F32 without copying", () => {
    const file = writeSafetensors(
      new Map([["w", { dtype: "F32", shape: [2], data: Float32Array.of(1, 2) }]]),
    );
    const { data } = new SafetensorsFile(file).tensor("w");
    expect(data.buffer).toBe(file.buffer);
    new Float32Array(file.buffer, data.byteOffset, 1)[0] = 9;
    expect(data[0]).toBe(9);
  });

  it.skipIf(!existsSync(weightsPath))(`reads real weights (skipped without ${weightsPath})`, () => {
    const file = new SafetensorsFile(readFileSync(weightsPath));
    expect(file.entries.size).toBe(106);
    expect(file.metadata.licence).toBe("Apache-2.0");
    let bytesSeen = 0;
    for (const [name, { shape, dtype }] of file.entries) {
      const values = file.float32(name);
      expect(dtype).toBe("F32");
      expect(values).toHaveLength(shape.reduce((a, b) => a * b, 1));
      expect(values.every((value) => Math.abs(value) < 1e3)).toBe(true);
      bytesSeen += values.byteLength;
    }
    expect(bytesSeen).toBeGreaterThan(13_900_000);
    expect(file.entries.get("stem.weight")?.shape).toEqual([32, 3, 3, 3]);
    const rewritten = new SafetensorsFile(
      writeSafetensors(
        new Map([...file.entries.keys()].map((name) => [name, file.tensor(name)])),
        file.metadata,
      ),
    );
    expect(rewritten.metadata).toEqual(file.metadata);
    for (const name of file.entries.keys()) {
      expect(
        Buffer.from(rewritten.float32(name).slice().buffer).equals(
          Buffer.from(file.float32(name).slice().buffer),
        ),
      ).toBe(true);
    }
  });
});

describe("a bad file is refused with what is wrong", () => {
  const huge = Number.MAX_SAFE_INTEGER;
  it.each<[string, Uint8Array, string]>([
    ["empty", new Uint8Array(0), "length of the file: got 0 bytes; wanted at least 8"],
    ["shorter than its length", new Uint8Array(7), "got 7 bytes"],
    [
      "header past the end",
      rawFile({}, 0, 3n),
      "header length: got 3 bytes; wanted at most the 2 that follow",
    ],
    ["header over the limit", rawFile({}, 0, 100_000_001n), "got 100000001 bytes; wanted at most 100000000"],
    ["header of 2^64 - 1 bytes", rawFile({}, 0, 2n ** 64n - 1n), "got 18446744073709551615 bytes"],
    ["header of 2^63 bytes", rawFile({}, 0, 2n ** 63n), "got 9223372036854775808 bytes"],
    ["no header", rawFile(""), "wanted JSON in UTF-8"],
    ["not JSON", rawFile("pickle"), "wanted JSON in UTF-8"],
    ["JSON cut short", rawFile('{"a":{"dtype":"F3'), "wanted JSON in UTF-8"],
    ["a BOM", rawFile("\ufeff{}"), "wanted JSON in UTF-8"],
    ["not UTF-8", rawFile("{}", Uint8Array.of(0xff), 3n), "wanted JSON in UTF-8"],
    ["an array", rawFile("[]"), "header: got []; wanted a JSON object"],
    ["null", rawFile("null"), "got null"],
    [
      "a name twice",
      rawFile(
        '{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\\u0061" : {"dtype":"F32","shape":[0],"data_offsets":[0,0]}}',
      ),
      'got the name "a" twice; wanted each name once',
    ],
    [
      "a field twice",
      rawFile('{"a":{"dtype":"F32","dtype":"I32","shape":[0],"data_offsets":[0,0]}}'),
      'got the name "dtype" twice',
    ],
    [
      "metadata no object",
      rawFile({ __metadata__: "x" }),
      '__metadata__: got "x"; wanted an object of strings',
    ],
    ["metadata no text", rawFile({ __metadata__: { a: 1 } }), '__metadata__ "a": got 1; wanted a string'],
    [
      "entry no object",
      rawFile({ a: 3 }),
      'tensor "a": got 3; wanted an object with dtype, shape and data_offsets',
    ],
    [
      "unknown dtype",
      rawFile({ a: { ...f32(0, 4), dtype: "F8_E5M2" } }, 4),
      'dtype of tensor "a": got "F8_E5M2"; wanted F64',
    ],
    ["inherited dtype", rawFile({ a: { ...f32(0, 4), dtype: "toString" } }, 4), 'got "toString"'],
    ["no dtype", rawFile({ a: { shape: [1], data_offsets: [0, 4] } }, 4), "got nothing; wanted F64"],
    [
      "negative size",
      rawFile({ a: f32(0, 4, [-1]) }, 4),
      'shape of tensor "a": got [-1]; wanted whole numbers >= 0',
    ],
    ["broken size", rawFile({ a: f32(0, 4, [1.5]) }, 4), "got [1.5]"],
    ["size as text", rawFile('{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}', 4), 'got ["1"]'],
    [
      "size past 2^53",
      rawFile('{"a":{"dtype":"F32","shape":[1e300],"data_offsets":[0,4]}}', 4),
      "got [1e+300]",
    ],
    [
      "sizes that overflow",
      rawFile({ a: f32(0, 4, [huge, huge, huge]) }, 4),
      'data_offsets of tensor "a": got 4 bytes; wanted',
    ],
    [
      "offsets reversed",
      rawFile({ a: f32(4, 0, [1]) }, 4),
      "got [4,0]; wanted [begin, end] with 0 <= begin <= end",
    ],
    ["one offset", rawFile({ a: { ...f32(0, 4), data_offsets: [4] } }, 4), "got [4]"],
    ["three offsets", rawFile({ a: { ...f32(0, 4), data_offsets: [0, 4, 8] } }, 4), "got [0,4,8]"],
    ["negative offset", rawFile({ a: { ...f32(0, 4), data_offsets: [-4, 0] } }, 4), "got [-4,0]"],
    ["wrong byte count", rawFile({ a: f32(0, 8, [1]) }, 8), "got 8 bytes; wanted 4 for F32 of shape [1]"],
    [
      "cut short",
      rawFile({ a: f32(0, 400) }, 100),
      'tensor "a": got data up to byte 400; wanted no more than the 100 bytes',
    ],
    ["a claim of petabytes", rawFile({ a: f32(0, 2 ** 52) }, 4), "got data up to byte 4503599627370496"],
    [
      "overlapping",
      rawFile({ a: f32(0, 8), b: f32(4, 12) }, 12),
      'tensor "b": got data from byte 4 that overlap tensor "a"; wanted data from byte 8',
    ],
    [
      "a hole",
      rawFile({ a: f32(0, 4), b: f32(8, 12) }, 12),
      'got data from byte 8 that leave a hole after tensor "a"',
    ],
    ["a hole at the start", rawFile({ a: f32(4, 8) }, 8), "that leave a hole after the start of the data"],
    [
      "bytes left over",
      rawFile({ a: f32(0, 4) }, 5),
      "data: got 5 bytes; wanted the 4 that the header describes",
    ],
  ])("%s", (_title, file, message) => {
    expect(() => new SafetensorsFile(file)).toThrow(SafetensorsError);
    expect(() => new SafetensorsFile(file)).toThrow(message);
  });

  it("survives a header made to exhaust a parser", () => {
    const quotes = `{"__metadata__":{"a":"${'\\n\\"'.repeat(1_000_000)}"}}`;
    expect(new SafetensorsFile(rawFile(quotes)).metadata.a).toHaveLength(2_000_000);
    expect(() => new SafetensorsFile(rawFile("[".repeat(1_000_000)))).toThrow(SafetensorsError);
    expect(() => new SafetensorsFile(rawFile(`{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`))).toThrow(
      SafetensorsError,
    );
  });

  it("whatever is damaged: an error of ours or tensors inside the file", () => {
    const good = writeSafetensors(
      new Map<string, SafetensorsTensor>([
        ["a", { dtype: "F32", shape: [2, 3], data: new Float32Array(6) }],
        ["b", { dtype: "U8", shape: [5], data: new Uint8Array(5) }],
      ]),
      { note: "x" },
    );
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (place, byte, length) => {
        const damaged = good.slice(0, length < good.length / 2 ? good.length : length);
        if (place < damaged.length) damaged[place] = byte;
        try {
          const file = new SafetensorsFile(damaged);
          for (const name of file.entries.keys())
            expect(file.tensor(name).data.byteLength).toBeLessThanOrEqual(24);
        } catch (error) {
          expect(error).toBeInstanceOf(SafetensorsError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("writeSafetensors", () => {
  const shape = fc.array(fc.nat(4), { maxLength: 3 });
  const filled = <T>(sizes: number[], item: fc.Arbitrary<T>) => {
    const count = sizes.reduce((a, b) => a * b, 1);
    return fc.array(item, { minLength: count, maxLength: count });
  };
  const tensor: fc.Arbitrary<SafetensorsTensor> = shape.chain((sizes) =>
    fc.oneof(
      filled(sizes, fc.float()).map((v) => ({
        dtype: "F32" as const,
        shape: sizes,
        data: Float32Array.from(v),
      })),
      filled(sizes, fc.integer({ min: -2048, max: 2048 })).map((v) => ({
        dtype: "F16" as const,
        shape: sizes,
        data: Float32Array.from(v),
      })),
      filled(sizes, fc.integer({ min: -256, max: 256 })).map((v) => ({
        dtype: "BF16" as const,
        shape: sizes,
        data: Float32Array.from(v),
      })),
      filled(sizes, fc.double()).map((v) => ({
        dtype: "F64" as const,
        shape: sizes,
        data: Float64Array.from(v),
      })),
      filled(sizes, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })).map((v) => ({
        dtype: "I64" as const,
        shape: sizes,
        data: BigInt64Array.from(v),
      })),
      filled(sizes, fc.integer()).map((v) => ({
        dtype: "I32" as const,
        shape: sizes,
        data: Int32Array.from(v),
      })),
      filled(sizes, fc.nat(255)).map((v) => ({
        dtype: "U8" as const,
        shape: sizes,
        data: Uint8Array.from(v),
      })),
      filled(sizes, fc.nat(1)).map((v) => ({
        dtype: "BOOL" as const,
        shape: sizes,
        data: Uint8Array.from(v),
      })),
    ),
  );
  const names = fc
    .oneof(fc.string({ unit: "binary" }), fc.constantFrom("__proto__", "10", "2", '"', "\\"))
    .filter((name) => name !== "__metadata__");
  const texts = fc.dictionary(fc.string(), fc.string());

  it("is read back as it was, whatever the order", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(names, tensor), { selector: ([name]) => name, maxLength: 8 }),
        texts,
        (items, metadata) => {
          const bytes = writeSafetensors(new Map(items), metadata);
          const file = new SafetensorsFile(bytes);
          expect(Object.entries(file.metadata).sort()).toEqual(Object.entries(metadata).sort());
          expect(new Set(file.entries.keys())).toEqual(new Set(items.map(([name]) => name)));
          for (const [name, wanted] of items) {
            const got = file.tensor(name);
            expect(got).toEqual(wanted);
            if (wanted.dtype !== "F16" && wanted.dtype !== "BF16") expect(got.data.buffer).toBe(bytes.buffer);
          }
          expect(writeSafetensors(new Map(items.toReversed()), metadata)).toEqual(bytes);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("sorts names and starts the data at a multiple of 8", () => {
    const bytes = writeSafetensors(
      new Map<string, SafetensorsTensor>([
        ["b", { dtype: "U8", shape: [3], data: Uint8Array.of(1, 2, 3) }],
        ["a", { dtype: "U8", shape: [1], data: Uint8Array.of(4) }],
        ["c", { dtype: "F32", shape: [1], data: Float32Array.of(1) }],
      ]),
      { z: "1", y: "2" },
    );
    const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(headerLength % 8).toBe(0);
    expect(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)).trimEnd()).toBe(
      '{"__metadata__":{"y":"2","z":"1"},"a":{"dtype":"U8","shape":[1],"data_offsets":[4,5]},' +
        '"b":{"dtype":"U8","shape":[3],"data_offsets":[5,8]},"c":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
    );
    expect([...bytes.subarray(8 + headerLength)]).toEqual([0, 0, 0x80, 0x3f, 4, 1, 2, 3]);
  });

  it("writes part of a larger array", () => {
    const data = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    const file = new SafetensorsFile(writeSafetensors(new Map([["w", { dtype: "F32", shape: [2], data }]])));
    expect(file.float32("w")).toEqual(Float32Array.of(2, 3));
  });

  it("refuses what does not fit", () => {
    const data = new Float32Array(3);
    expect(() => writeSafetensors(new Map([["w", { dtype: "F32", shape: [2], data }]]))).toThrow(
      'writeSafetensors: tensor "w": got 3 elements; wanted 2 for F32 of shape [2]',
    );
    expect(() => writeSafetensors(new Map([["w", { dtype: "F32", shape: [-1, -3], data }]]))).toThrow(
      'shape of tensor "w": got [-1, -3]; wanted whole numbers >= 0',
    );
    expect(() => writeSafetensors(new Map([["__metadata__", { dtype: "F32", shape: [3], data }]]))).toThrow(
      "got a tensor named __metadata__",
    );
  });
});
