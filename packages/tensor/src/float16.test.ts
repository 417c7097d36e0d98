import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from "./float16.js";

type Column =
  | "float32_bits"
  | "to_float16_bits"
  | "to_bfloat16_bits"
  | "bits16"
  | "float16_as_float32"
  | "bfloat16_as_float32";

const fixture: Record<Column, number[]> = JSON.parse(
  readFileSync(new URL("../../../fixtures/safetensors/float16.json", import.meta.url), "utf8"),
);
const float32Of = (bits: readonly number[]) => new Float32Array(Uint32Array.from(bits).buffer);
const everyBitPattern = Uint16Array.from({ length: 65536 }, (_, i) => i);

/** IEEE 754 binary16, table by hand: bits and value. */
const FLOAT16_TABLE: [number, number][] = [
  [0x0000, 0],
  [0x8000, -0],
  [0x0001, 2 ** -24],
  [0x8001, -(2 ** -24)],
  [0x03ff, 1023 * 2 ** -24],
  [0x0400, 2 ** -14],
  [0x3555, 0.333251953125],
  [0x3c00, 1],
  [0xc000, -2],
  [0x7bff, 65504],
  [0x7c00, Number.POSITIVE_INFINITY],
  [0xfc00, Number.NEGATIVE_INFINITY],
  [0x7e00, Number.NaN],
];

const BFLOAT16_TABLE: [number, number][] = [
  [0x0000, 0],
  [0x8000, -0],
  [0x0001, 2 ** -133],
  [0x007f, 127 * 2 ** -133],
  [0x0080, 2 ** -126],
  [0x3f80, 1],
  [0xc000, -2],
  [0x7f7f, 255 * 2 ** 120],
  [0x7f80, Number.POSITIVE_INFINITY],
  [0xff80, Number.NEGATIVE_INFINITY],
  [0x7fc0, Number.NaN],
];

describe("float16", () => {
  it.each(FLOAT16_TABLE)("bits %i are %d, both ways", (bits, value) => {
    expect(float16ToFloat32(Uint16Array.of(bits))[0]).toBe(value);
    expect(float32ToFloat16(Float32Array.of(value))[0]).toBe(bits);
  });

  it("converts as PyTorch", () => {
    expect([...float32ToFloat16(float32Of(fixture.float32_bits))]).toEqual(fixture.to_float16_bits);
    expect([...float16ToFloat32(Uint16Array.from(fixture.bits16))]).toEqual(fixture.float16_as_float32);
  });

  it("keeps every pattern but the payloads of NaN", () => {
    const values = float16ToFloat32(everyBitPattern);
    const back = float32ToFloat16(values);
    everyBitPattern.forEach((bits, i) => {
      if (Number.isNaN(values[i])) {
        expect([0x7e00, 0xfe00]).toContain(back[i]);
        expect(bits & 0x7fff).toBeGreaterThan(0x7c00);
      } else if (back[i] !== bits) expect.unreachable(`0x${bits.toString(16)}`);
    });
  });

  it("rounds to the nearest of its neighbours", () => {
    const finite = float16ToFloat32(everyBitPattern.subarray(0, 0x7c00));
    fc.assert(
      fc.property(fc.float({ min: 0, max: 65504, noNaN: true }), (value) => {
        const [bits] = float32ToFloat16(Float32Array.of(value));
        const error = Math.abs(finite[bits!]! - value);
        for (const neighbour of [bits! - 1, bits! + 1]) {
          if (neighbour in finite) expect(error).toBeLessThanOrEqual(Math.abs(finite[neighbour]! - value));
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe("bfloat16", () => {
  it.each(BFLOAT16_TABLE)("bits %i are %d, both ways", (bits, value) => {
    expect(bfloat16ToFloat32(Uint16Array.of(bits))[0]).toBe(value);
    expect(float32ToBfloat16(Float32Array.of(value))[0]).toBe(bits);
  });

  it("converts as PyTorch", () => {
    expect([...float32ToBfloat16(float32Of(fixture.float32_bits))]).toEqual(fixture.to_bfloat16_bits);
    expect([...bfloat16ToFloat32(Uint16Array.from(fixture.bits16))]).toEqual(fixture.bfloat16_as_float32);
  });
});
