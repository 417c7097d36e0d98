import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assd } from "./assd.js";
import type { BinaryMask } from "./binary-mask.js";
import { dice } from "./dice.js";
import { hd95 } from "./hd95.js";
import { iou } from "./iou.js";
import { countOverlap } from "./overlap.js";
import { precision } from "./precision.js";
import { recall } from "./recall.js";
import { surfaceDistances } from "./surface-distances.js";
import { maskPair } from "./testing/arbitrary-masks.js";
import { maskOf } from "./testing/mask-of.js";

/** The mask in a larger image, at (3, 2). */
function padded({ data, widthPx, heightPx }: BinaryMask): BinaryMask {
  const larger = new Uint8Array((widthPx + 5) * (heightPx + 4));
  for (const [i, value] of data.entries()) {
    larger[(Math.floor(i / widthPx) + 2) * (widthPx + 5) + (i % widthPx) + 3] = value;
  }
  return { data: larger, widthPx: widthPx + 5, heightPx: heightPx + 4 };
}

function turned(mask: BinaryMask): BinaryMask {
  return { ...mask, data: mask.data.toReversed() };
}

describe("overlap scores", () => {
  it("match a case worked by hand", () => {
    const overlap = countOverlap(maskOf(["###.", "...."]), maskOf([".###", "..##"]));
    expect(overlap).toEqual({ bothPx: 2, truthOnlyPx: 1, predictionOnlyPx: 3 });
    expect(dice(overlap)).toBe(0.5);
    expect(iou(overlap)).toBeCloseTo(1 / 3, 12);
    expect(precision(overlap)).toBe(0.4);
    expect(recall(overlap)).toBeCloseTo(2 / 3, 12);
  });

  it("count 255 as lesion as they do 1", () => {
    const bright = { ...maskOf(["##."]), data: Uint8Array.of(255, 255, 0) };
    expect(dice(countOverlap(bright, maskOf(["##."])))).toBe(1);
  });

  it.each([dice, iou])("%o is symmetric, lies in [0, 1] and is 1 for equal masks only", (score) => {
    fc.assert(
      fc.property(maskPair, ([a, b]) => {
        const value = score(countOverlap(a, b));
        expect(value).toBe(score(countOverlap(b, a)));
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
        expect(score(countOverlap(a, a))).toBe(1);
        expect(value === 1).toBe(a.data.every((pixel, i) => pixel === b.data[i]));
      }),
    );
  });

  it("are tied by Dice = 2 IoU / (1 + IoU), and precision is recall with the masks exchanged", () => {
    fc.assert(
      fc.property(maskPair, ([a, b]) => {
        const overlap = countOverlap(a, b);
        expect(dice(overlap)).toBeCloseTo((2 * iou(overlap)) / (1 + iou(overlap)), 12);
        expect(precision(overlap)).toBe(recall(countOverlap(b, a)));
      }),
    );
  });

  it("do not change with background around the image or when both are turned", () => {
    fc.assert(
      fc.property(maskPair, ([a, b]) => {
        const value = dice(countOverlap(a, b));
        expect(dice(countOverlap(padded(a), padded(b)))).toBe(value);
        expect(dice(countOverlap(turned(a), turned(b)))).toBe(value);
      }),
    );
  });
});

describe("surface distances", () => {
  it("are symmetric, 0 for equal masks, undefined for one empty mask and stretch with the pixel", () => {
    fc.assert(
      fc.property(maskPair, ([a, b]) => {
        const forth = surfaceDistances(a, b);
        const back = surfaceDistances(b, a);
        expect(hd95(forth)).toBe(hd95(back));
        expect(forth === null).toBe(a.data.includes(1) !== b.data.includes(1));
        expect(hd95(surfaceDistances(a, a))).toBe(0);
        if (forth === null) return;
        expect(assd(forth)!).toBeCloseTo(assd(back)!, 12);
        expect(hd95(surfaceDistances(a, b, { x: 2, y: 2 }))!).toBeCloseTo(2 * hd95(forth)!, 10);
        expect(assd(surfaceDistances(turned(a), turned(b)))!).toBeCloseTo(assd(forth)!, 10);
      }),
    );
  });

  it("match a case worked by hand", () => {
    // Two single pixels 3 columns and 4 rows apart.
    const distances = surfaceDistances(
      maskOf(["#...", "....", "....", "....", "...."]),
      maskOf(["....", "....", "....", "....", "...#"]),
    );
    expect(hd95(distances)).toBe(5);
    expect(assd(distances)).toBe(5);
  });
});
