import {
  alignCrop,
  identityPlacement,
  normalisedCorrelation,
  type Placement,
  resampleInto,
} from "./align.js";
import { dctHash, differenceHash, type Hash64, hammingDistance } from "./perceptual-hash.js";
import { structuralSimilarity } from "./structural-similarity.js";
import { shrink, type Thumbnail } from "./thumbnail.js";

/** What is kept of an image to find its copies. */
export interface ImagePrint {
  /** Equal for equal decoded pixels of equal size. */
  readonly pixelHash: string;
  /** 96 x 96, whatever the proportions. */
  readonly picture: Thumbnail;
}

/** Two images that show the same picture. */
export interface DuplicatePair {
  /** Positions in the list of prints, the lower one first. */
  readonly first: number;
  readonly second: number;
  readonly kind: "exact" | "near";
  /** Mean structure term of SSIM after alignment; 1 for equal pixels. */
  readonly similarity: number;
  /** Where the first picture lies in the second. */
  readonly placement: Placement;
}

export const PRINT_SIDE_PX = 96;
/**
 * Chosen between two heaps that lie far apart: in BUSI, DDTI and sets with planted copies every pair that a person calls
 * the same frame scores 0.87 or more, the next ones (neighbouring frames, other views of a lesion) 0.63 or less.
 */
export const SIMILARITY_THRESHOLD = 0.75;
/** Bits of both hashes that may differ, of 128, for a pair to be looked at. */
const HASH_DISTANCE = 44;
const COARSE_SIDE_PX = 32;
const COARSE_CORRELATION = 0.8;
/** Before the search for a crop, copies must agree this much as they are, on a picture of 16 x 16 less the mean one. */
const RESIDUAL_SIDE_PX = 16;
const RESIDUAL_CORRELATION = 0.55;
/** Below this many images the mean picture holds too much of each single one to be taken off. */
const ENOUGH_FOR_MEAN = 50;
/** Grey levels; below it a picture is a plain surface and shows nothing that could be copied. */
const FLAT_DEVIATION = 2;

/** @param grey [H, W] */
export function pictureOf(grey: ArrayLike<number>, size: { widthPx: number; heightPx: number }): Thumbnail {
  const { data } = shrink(grey, size, { widthPx: PRINT_SIDE_PX, heightPx: PRINT_SIDE_PX });
  return { widthPx: PRINT_SIDE_PX, heightPx: PRINT_SIDE_PX, data: Uint8Array.from(data, Math.round) };
}

/**
 * All pairs of copies: by equal pixels; else pairs whose perceptual hashes are close, aligned for crops, whose
 * structural similarity is above the threshold. The hashes are of each picture's difference from the mean picture of
 * the set, so that a common layout (fan, margins, rulers) does not make all images look alike.
 */
export function findDuplicatePairs(prints: readonly ImagePrint[]): DuplicatePair[] {
  const pairs: DuplicatePair[] = [];
  const hashes = hashAgainstMean(prints);
  const coarse = prints.map(({ picture }) =>
    shrink(picture.data, picture, { widthPx: COARSE_SIDE_PX, heightPx: COARSE_SIDE_PX }),
  );
  for (let second = 1; second < prints.length; second++) {
    for (let first = 0; first < second; first++) {
      if (prints[first]!.pixelHash === prints[second]!.pixelHash) {
        pairs.push({ first, second, kind: "exact", similarity: 1, placement: identityPlacement });
        continue;
      }
      if (!areCandidates(hashes[first] ?? null, hashes[second] ?? null)) continue;
      const { placement, correlation } = alignCrop(coarse[first]!, coarse[second]!);
      if (correlation < COARSE_CORRELATION) continue;
      const own = prints[first]!.picture;
      const other = resampleInto(prints[second]!.picture, own, placement);
      const similarity = structuralSimilarity(own.data, other, own.widthPx);
      if (similarity < SIMILARITY_THRESHOLD) continue;
      pairs.push({ first, second, kind: "near", similarity, placement });
    }
  }
  return pairs;
}

interface PrintHashes {
  readonly dct: Hash64;
  readonly difference: Hash64;
  /** What is left of a small copy when the mean picture is taken off. */
  readonly residual: Float32Array | Uint8Array;
}

/** Whether the search for a crop is worth its time. */
function areCandidates(a: PrintHashes | null, b: PrintHashes | null): boolean {
  if (a === null || b === null) return false;
  const distance = hammingDistance(a.dct, b.dct) + hammingDistance(a.difference, b.difference);
  return distance <= HASH_DISTANCE && normalisedCorrelation(a.residual, b.residual) >= RESIDUAL_CORRELATION;
}

/** @returns `null` for plain surfaces */
function hashAgainstMean(prints: readonly ImagePrint[]): (PrintHashes | null)[] {
  const size = PRINT_SIDE_PX * PRINT_SIDE_PX;
  const scales = prints.map(({ picture }) => meanAndDeviation(picture.data));
  const mean = new Float64Array(size);
  if (prints.length >= ENOUGH_FOR_MEAN) {
    prints.forEach(({ picture }, i) => {
      const { mean: own, deviation } = scales[i]!;
      for (let at = 0; at < size; at++) {
        mean[at]! += (picture.data[at]! - own) / (deviation + 1) / prints.length;
      }
    });
  }
  return prints.map(({ picture }, i) => {
    const { mean: own, deviation } = scales[i]!;
    if (deviation < FLAT_DEVIATION) return null;
    const rest = Float32Array.from(picture.data, (value, at) => (value - own) / (deviation + 1) - mean[at]!);
    const residual = { ...picture, data: rest };
    const small = shrink(rest, picture, { widthPx: RESIDUAL_SIDE_PX, heightPx: RESIDUAL_SIDE_PX });
    return { dct: dctHash(residual), difference: differenceHash(residual), residual: small.data };
  });
}

function meanAndDeviation(values: ArrayLike<number>): { mean: number; deviation: number } {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i]!;
    squares += values[i]! ** 2;
  }
  const mean = sum / values.length;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / values.length - mean * mean)) };
}
