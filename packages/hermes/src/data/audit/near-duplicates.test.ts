import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { generatePhantom } from "../phantom/phantom.js";
import { retouchImage } from "../phantom/retouch.js";
import { alignCrop, normalisedCorrelation, resampleInto } from "./align.js";
import { findDuplicatePairs, type ImagePrint, pictureOf } from "./near-duplicates.js";
import { dctHash, differenceHash, hammingDistance } from "./perceptual-hash.js";
import { structuralSimilarity } from "./structural-similarity.js";
import { groupPairs } from "./union-find.js";

const phantoms = Array.from({ length: 8 }, (_, index) => generatePhantom({ seed: 2, index, sizePx: 128 }));
const plain = { brightness: 0, contrast: 1, crop: [0, 0, 0, 0], jpegQuality: null } as const;

function printOf(
  image: Uint8Array,
  size: { widthPx: number; heightPx: number },
  pixelHash: string,
): ImagePrint {
  return { pixelHash, picture: pictureOf(image, size) };
}

const words64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

describe("perceptual hashes", () => {
  const [first, , , other] = phantoms;
  const picture = pictureOf(first!.image, first!);

  it("do not change with brightness and contrast", () => {
    const changed = { ...picture, data: Float32Array.from(picture.data, (value) => 0.6 * value + 30) };
    expect(hammingDistance(dctHash(picture), dctHash(changed))).toBe(0);
    expect(hammingDistance(differenceHash(picture), differenceHash(changed))).toBe(0);
  });

  it("are far apart for other images and for the negative", () => {
    expect(hammingDistance(dctHash(picture), dctHash(pictureOf(other!.image, other!)))).toBeGreaterThan(14);
    const negative = { ...picture, data: Float32Array.from(picture.data, (value) => 255 - value) };
    expect(hammingDistance(dctHash(picture), dctHash(negative))).toBe(64);
  });

  it("are counted bit by bit", () => {
    fc.assert(
      fc.property(words64, words64, (a, b) => {
        const words = (value: bigint) => [Number(value & 0xffffffffn), Number(value >> 32n)] as const;
        const expected = [...(a ^ b).toString(2)].filter((bit) => bit === "1").length;
        expect(hammingDistance(words(a), words(b))).toBe(expected);
      }),
    );
  });
});

describe("alignCrop", () => {
  it("finds a crop", () => {
    const { image, widthPx, heightPx } = phantoms[0]!;
    const cropped = retouchImage(image, widthPx, heightPx, { ...plain, crop: [0.03, 0.01, 0.0, 0.04] });
    const { placement, correlation } = alignCrop(
      pictureOf(cropped, phantoms[0]!),
      pictureOf(image, phantoms[0]!),
    );
    expect(correlation).toBeGreaterThan(0.98);
    expect(placement.offsetX).toBeCloseTo(0.03, 1.5);
    expect(placement.offsetX + placement.scaleX).toBeCloseTo(1, 1.5);
    expect(placement.offsetY + placement.scaleY).toBeCloseTo(0.96, 1.5);
  });
});

describe("structuralSimilarity", () => {
  it("is near 1 for a copy with other brightness, near 0 for other speckle, negative for the negative", () => {
    const a = pictureOf(phantoms[0]!.image, phantoms[0]!).data;
    const b = pictureOf(phantoms[3]!.image, phantoms[3]!).data;
    expect(
      structuralSimilarity(
        a,
        a.map((value) => 0.7 * value + 20),
        96,
      ),
    ).toBeGreaterThan(0.95);
    expect(Math.abs(structuralSimilarity(a, b, 96))).toBeLessThan(0.4);
    expect(
      structuralSimilarity(
        a,
        a.map((value) => 255 - value),
        96,
      ),
    ).toBeLessThan(-0.9);
  });

  it("skips what one picture does not have", () => {
    const a = Float32Array.from(pictureOf(phantoms[0]!.image, phantoms[0]!).data);
    const half = a.map((value, at) => (at % 96 < 48 ? Number.NaN : value));
    expect(structuralSimilarity(a, half, 96)).toBeGreaterThan(0.95);
    expect(normalisedCorrelation(a, half)).toBeCloseTo(1, 6);
  });
});

describe("resampleInto", () => {
  it("is the identity for the identity and NaN outside", () => {
    const picture = pictureOf(phantoms[1]!.image, phantoms[1]!);
    const same = resampleInto(picture, picture, { offsetX: 0, scaleX: 1, offsetY: 0, scaleY: 1 });
    expect(Math.max(...same.map((value, at) => Math.abs(value - picture.data[at]!)))).toBeLessThan(1e-3);
    const moved = resampleInto(picture, picture, { offsetX: 0.5, scaleX: 1, offsetY: 0, scaleY: 1 });
    expect(moved[10]).toBeCloseTo(picture.data[58]!, 3);
    expect(moved[90]).toBeNaN();
  });
});

describe("findDuplicatePairs", () => {
  it("finds equal and retouched copies and no views of one patient", () => {
    const { image, widthPx, heightPx } = phantoms[2]!;
    const retouched = retouchImage(image, widthPx, heightPx, {
      brightness: 20,
      contrast: 0.8,
      crop: [0.02, 0.03, 0.03, 0],
      jpegQuality: null,
    });
    const prints = [
      ...phantoms.map((phantom, i) => printOf(phantom.image, phantom, `p${i}`)),
      printOf(retouched, phantoms[2]!, "retouched"),
      printOf(phantoms[5]!.image, phantoms[5]!, "p5"),
    ];
    const pairs = findDuplicatePairs(prints);
    expect(pairs.map(({ first, second, kind }) => [first, second, kind])).toEqual([
      [2, 8, "near"],
      [5, 9, "exact"],
    ]);
  });

  it("does not call plain surfaces copies unless they are equal", () => {
    const plainPrint = (value: number) =>
      printOf(new Uint8Array(64).fill(value), { widthPx: 8, heightPx: 8 }, `${value}`);
    expect(findDuplicatePairs([plainPrint(10), plainPrint(20)])).toEqual([]);
  });
});

describe("groupPairs", () => {
  it("agrees with walking along the pairs", () => {
    const pairsOf = fc.array(fc.tuple(fc.nat(14), fc.nat(14)), { maxLength: 20 });
    fc.assert(
      fc.property(pairsOf, (pairs) => {
        const reached = (start: number): number[] => {
          const found = new Set([start]);
          for (let round = 0; round < 15; round++) {
            for (const [a, b] of pairs) {
              if (found.has(a)) found.add(b);
              if (found.has(b)) found.add(a);
            }
          }
          return [...found].sort((a, b) => a - b);
        };
        const expected = new Map(Array.from({ length: 15 }, (_, i) => [reached(i).join(), reached(i)]));
        const groups = [...expected.values()].filter((group) => group.length > 1);
        expect(groupPairs(15, pairs)).toEqual(groups.sort((a, b) => a[0]! - b[0]!));
      }),
    );
  });
});
