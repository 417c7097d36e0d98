import { shrink, type Thumbnail } from "./thumbnail.js";

/** 64 bits as two unsigned words. */
export type Hash64 = readonly [number, number];

const DCT_SIDE = 32;
const KEPT = 8;
const COSINES = Array.from({ length: KEPT }, (_, k) =>
  Float64Array.from({ length: DCT_SIDE }, (_, n) =>
    Math.cos((Math.PI * (k + 1) * (2 * n + 1)) / (2 * DCT_SIDE)),
  ),
);

/**
 * Signs of the 8 x 8 lowest frequencies (without the constants) of the discrete cosine transform of a 32 x 32 copy,
 * against their median. Brightness and contrast leave it as it is, compression and small crops change few bits.
 * Zauner, Implementation and benchmarking of perceptual image hash functions, 2010, section 3.2.1 (pHash).
 */
export function dctHash(image: Thumbnail): Hash64 {
  const small = shrink(image.data, image, { widthPx: DCT_SIDE, heightPx: DCT_SIDE });
  const half = new Float64Array(DCT_SIDE * KEPT);
  for (let y = 0; y < DCT_SIDE; y++) {
    for (let k = 0; k < KEPT; k++) {
      let sum = 0;
      for (let x = 0; x < DCT_SIDE; x++) sum += small.data[y * DCT_SIDE + x]! * COSINES[k]![x]!;
      half[y * KEPT + k] = sum;
    }
  }
  const coefficients = new Float64Array(KEPT * KEPT);
  for (let row = 0; row < KEPT; row++) {
    for (let k = 0; k < KEPT; k++) {
      let sum = 0;
      for (let y = 0; y < DCT_SIDE; y++) sum += half[y * KEPT + k]! * COSINES[row]![y]!;
      coefficients[row * KEPT + k] = sum;
    }
  }
  const ordered = [...coefficients].sort((a, b) => a - b);
  const median = (ordered[31]! + ordered[32]!) / 2;
  return packBits((bit) => coefficients[bit]! > median);
}

/** Whether each of 8 x 8 places is brighter than the one to its right (dHash; Krawetz 2013). */
export function differenceHash(image: Thumbnail): Hash64 {
  const small = shrink(image.data, image, { widthPx: 9, heightPx: 8 });
  return packBits((bit) => {
    const at = Math.floor(bit / 8) * 9 + (bit % 8);
    return small.data[at]! > small.data[at + 1]!;
  });
}

/** @returns number of bits that differ, 0 to 64. */
export function hammingDistance(a: Hash64, b: Hash64): number {
  return bitCount(a[0] ^ b[0]) + bitCount(a[1] ^ b[1]);
}

function packBits(isSet: (bit: number) => boolean): Hash64 {
  const words: [number, number] = [0, 0];
  for (let bit = 0; bit < 64; bit++) if (isSet(bit)) words[bit < 32 ? 0 : 1] |= 1 << (bit % 32);
  return [words[0] >>> 0, words[1] >>> 0];
}

/** Bits set in a 32-bit word (Warren, Hacker's Delight, section 5-1). */
function bitCount(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return (((v + (v >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}
