import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ResizeKernel, resizePlane } from "./resize.js";

const row = (data: number[], widthPx: number, kernel: ResizeKernel) =>
  [...resizePlane({ widthPx: data.length, heightPx: 1, data }, widthPx, 1, kernel)].map((v) =>
    Number(v.toFixed(4)),
  );

describe("resizePlane", () => {
  it.each<[string, number[], number, ResizeKernel, number[]]>([
    ["halves by covered area", [0, 10, 20, 40], 2, "area", [5, 30]],
    ["shares a pixel between two by covered area", [0, 30, 60], 2, "area", [10, 50]],
    ["enlarges by covered area", [0, 100], 4, "area", [0, 0, 100, 100]],
    // Centres at 0.25, 0.75, ... between the old ones at 0.5 and 1.5.
    ["enlarges linearly", [0, 100], 4, "linear", [0, 25, 75, 100]],
    // Triangle of half-width 2 around 1 and 3: distances 0.5, 0.5, 1.5 with weights 3/7, 3/7, 1/7.
    ["halves with the widened triangle", [0, 0, 70, 70], 2, "linear", [10, 60]],
  ])("%s", (_name, data, widthPx, kernel, expected) => {
    expect(row(data, widthPx, kernel)).toEqual(expected);
  });

  it("keeps constants, the mean of whole-number reductions, and the image at its own size", () => {
    const size = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(
        size,
        size,
        size,
        size,
        fc.constantFrom<ResizeKernel>("linear", "area"),
        (w, h, w2, h2, kernel) => {
          const data = Array.from({ length: w * h }, (_, i) => (i * 37) % 101);
          const constant = resizePlane({ widthPx: w, heightPx: h, data: data.map(() => 7) }, w2, h2, kernel);
          expect(constant.every((v) => Math.abs(v - 7) < 1e-6)).toBe(true);
          const same = resizePlane({ widthPx: w, heightPx: h, data }, w, h, kernel);
          data.forEach((v, i) => {
            expect(same[i]).toBeCloseTo(v, 6);
          });
          const halved = resizePlane({ widthPx: 2 * w, heightPx: h, data: [...data, ...data] }, w, h, "area");
          const mean = (values: Iterable<number>, n: number) => [...values].reduce((a, b) => a + b, 0) / n;
          expect(mean(halved, w * h)).toBeCloseTo(mean(data, w * h), 6);
        },
      ),
      { numRuns: 60 },
    );
  });
});
