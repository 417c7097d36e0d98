import fc from "fast-check";
import type { BinaryMask } from "../binary-mask.js";

/** Two masks on one random grid of up to 14 x 14 pixels, sparse and dense ones alike. */
export const maskPair: fc.Arbitrary<readonly [BinaryMask, BinaryMask]> = fc
  .record({ widthPx: fc.integer({ min: 1, max: 14 }), heightPx: fc.integer({ min: 1, max: 14 }) })
  .chain(({ widthPx, heightPx }) => {
    const pixels = widthPx * heightPx;
    const mask = fc
      .tuple(fc.integer({ min: 0, max: 10 }), fc.array(fc.nat(9), { minLength: pixels, maxLength: pixels }))
      .map(([tenths, levels]) => ({
        widthPx,
        heightPx,
        data: Uint8Array.from(levels, (level) => (level < tenths ? 1 : 0)),
      }));
    return fc.tuple(mask, mask);
  });
