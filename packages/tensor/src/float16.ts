/**
 * Conversions between float32 and the two 16-bit formats, which JavaScript holds as bits in a Uint16Array:
 * float16 (IEEE 754 binary16: 5 bits of exponent, 10 of fraction) and bfloat16 (the upper half of a float32).
 * To 16 bits they round to the nearest, ties to even, as IEEE 754 and PyTorch do.
 */

const SMALLEST_SUBNORMAL = 2 ** -24;
/** float32 bits of 2^-14, the smallest normal float16. */
const SMALLEST_NORMAL_BITS = 0x38800000;
/** float32 bits of 2^16, above every finite float16. */
const OVERFLOW_BITS = 0x47800000;
const INFINITY_BITS = 0x7f800000;
/** Added and taken away again, it rounds a float64 below 2^51 to a whole number, ties to even. */
const ROUND_TO_INTEGER = 2 ** 52;

/** @param bits float16 numbers as bits. */
export function float16ToFloat32(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const out = new Float32Array(bits.length);
  const outBits = new Uint32Array(out.buffer);
  for (let i = 0; i < bits.length; i++) {
    const half = bits[i]!;
    const sign = (half & 0x8000) << 16;
    const exponent = (half >>> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) {
      const magnitude = fraction * SMALLEST_SUBNORMAL;
      out[i] = sign === 0 ? magnitude : -magnitude;
    } else {
      const wide = exponent === 31 ? 0xff : exponent + 112;
      outBits[i] = sign | (wide << 23) | (fraction << 13);
    }
  }
  return out;
}

/** @returns float16 numbers as bits; what is too large becomes infinity, every NaN the quiet 0x7e00. */
export function float32ToFloat16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const out = new Uint16Array(values.length);
  const valueBits = bitsOf(values);
  for (let i = 0; i < values.length; i++) {
    const sign = (valueBits[i]! >>> 16) & 0x8000;
    const magnitude = valueBits[i]! & 0x7fffffff;
    if (magnitude >= OVERFLOW_BITS) {
      out[i] = sign | (magnitude > INFINITY_BITS ? 0x7e00 : 0x7c00);
    } else if (magnitude < SMALLEST_NORMAL_BITS) {
      out[i] = sign | (Math.abs(values[i]!) / SMALLEST_SUBNORMAL + ROUND_TO_INTEGER - ROUND_TO_INTEGER);
    } else {
      // Rebias the exponent from 127 to 15; a fraction that rounds up carries into it as it should.
      const rounded = magnitude - (112 << 23) + 0xfff + ((magnitude >>> 13) & 1);
      out[i] = sign | (rounded >>> 13);
    }
  }
  return out;
}

/** @param bits bfloat16 numbers as bits. */
export function bfloat16ToFloat32(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const out = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = bits[i]! << 16;
  return new Float32Array(out.buffer);
}

/** @returns bfloat16 numbers as bits; every NaN becomes the quiet 0x7fc0. */
export function float32ToBfloat16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const out = new Uint16Array(values.length);
  const valueBits = bitsOf(values);
  for (let i = 0; i < values.length; i++) {
    const bits = valueBits[i]!;
    if ((bits & 0x7fffffff) > INFINITY_BITS) out[i] = ((bits >>> 16) & 0x8000) | 0x7fc0;
    else out[i] = (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
  }
  return out;
}

function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}
