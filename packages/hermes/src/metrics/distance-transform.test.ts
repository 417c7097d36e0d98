import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { squaredDistanceTransform } from "./distance-transform.js";
import { maskPair } from "./testing/arbitrary-masks.js";
import { maskOf } from "./testing/mask-of.js";

const {
  distanceFields,
}: { distanceFields: { rows: string[]; step: { x: number; y: number }; squared: number[] }[] } = JSON.parse(
  readFileSync(new URL("../../../../fixtures/metrics/segmentation.json", import.meta.url), "utf8"),
);

describe("squaredDistanceTransform", () => {
  it.each(distanceFields)(
    "equals scipy.ndimage.distance_transform_edt, step $step",
    ({ rows, step, squared }) => {
      const { data, widthPx, heightPx } = maskOf(rows);
      const actual = squaredDistanceTransform(data, widthPx, heightPx, step);
      expect(actual.length).toBe(squared.length);
      for (const [i, expected] of squared.entries()) expect(actual[i]).toBeCloseTo(expected, 8);
    },
  );

  it("is infinite without a seed", () => {
    expect([...squaredDistanceTransform(new Uint8Array(6), 3, 2)]).toEqual(
      Array(6).fill(Number.POSITIVE_INFINITY),
    );
  });

  it("equals the search over all seeds", () => {
    fc.assert(
      fc.property(
        maskPair,
        fc.double({ min: 0.1, max: 3, noNaN: true }),
        ([{ data, widthPx, heightPx }], y) => {
          const actual = squaredDistanceTransform(data, widthPx, heightPx, { x: 1, y });
          for (let i = 0; i < data.length; i++) {
            let nearest = Number.POSITIVE_INFINITY;
            for (let s = 0; s < data.length; s++) {
              if (data[s] === 0) continue;
              const dx = (s % widthPx) - (i % widthPx);
              const dy = (Math.floor(s / widthPx) - Math.floor(i / widthPx)) * y;
              nearest = Math.min(nearest, dx * dx + dy * dy);
            }
            expect(actual[i]).toBeCloseTo(nearest, 8);
          }
        },
      ),
    );
  });

  it("takes less than 50 ms for 1000 x 800 pixels", () => {
    const seeds = Uint8Array.from({ length: 800_000 }, (_, i) => ((i * 2654435761) % 997 === 0 ? 1 : 0));
    const timesMs = Array.from({ length: 8 }, () => {
      const start = performance.now();
      squaredDistanceTransform(seeds, 1000, 800);
      return performance.now() - start;
    });
    expect(Math.min(...timesMs)).toBeLessThan(50);
  });
});
