import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rasterisePolygon, resizeMaskNearest, toGrey } from "./raster.js";

const rows = (mask: Uint8Array, widthPx: number) =>
  Array.from({ length: mask.length / widthPx }, (_, y) =>
    mask.slice(y * widthPx, (y + 1) * widthPx).join(""),
  );

describe("rasterisePolygon", () => {
  it("fills the pixels whose centres are inside", () => {
    const square = rasterisePolygon(
      [
        [1, 1],
        [4, 1],
        [4, 3],
        [1, 3],
      ],
      5,
      4,
    );
    expect(rows(square, 5)).toEqual(["00000", "01110", "01110", "00000"]);
    const triangle = rasterisePolygon(
      [
        [0, 0],
        [4, 0],
        [0, 4],
      ],
      4,
      4,
    );
    expect(rows(triangle, 4)).toEqual(["1110", "1100", "1000", "0000"]);
  });

  it("does not depend on the direction, and fills where the outline overlaps itself", () => {
    const forth: [number, number][] = [
      [1, 1],
      [5, 1],
      [5, 5],
      [1, 5],
      [1, 1],
      [5, 1],
      [5, 5],
      [1, 5],
    ];
    const mask = rasterisePolygon(forth, 6, 6);
    expect([...mask]).toEqual([...rasterisePolygon([...forth].reverse(), 6, 6)]);
    expect(mask.reduce((sum, v) => sum + v, 0)).toBe(16);
  });

  it("cuts off what lies outside", () => {
    const mask = rasterisePolygon(
      [
        [-10, -10],
        [20, -10],
        [20, 2],
        [-10, 2],
      ],
      4,
      4,
    );
    expect(rows(mask, 4)).toEqual(["1111", "1111", "0000", "0000"]);
  });

  it("agrees with a point-in-triangle test by the signs of the three edges", () => {
    const coordinate = fc.double({ min: -5, max: 25, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(coordinate, coordinate), { minLength: 3, maxLength: 3 }), (points) => {
        const mask = rasterisePolygon(points, 20, 20);
        for (let i = 0; i < 400; i++) {
          const sides = points.map(([x0, y0], at) => {
            const [x1, y1] = points[(at + 1) % 3]!;
            return (x1 - x0) * (Math.floor(i / 20) + 0.5 - y0) - (y1 - y0) * ((i % 20) + 0.5 - x0);
          });
          if (sides.some((side) => Math.abs(side) < 1e-6)) continue;
          const inside = sides.every((side) => side > 0) || sides.every((side) => side < 0);
          if (mask[i] !== (inside ? 1 : 0)) return false;
        }
        return true;
      }),
    );
  });
});

it("keeps grey levels that are stored as colour", () => {
  const data = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
  expect([...toGrey({ widthPx: 16, heightPx: 16, channels: 3, data })]).toEqual(
    Array.from({ length: 256 }, (_, i) => i),
  );
});

it("resizes masks by the nearest pixel", () => {
  const mask = { widthPx: 2, heightPx: 2, data: Uint8Array.from([1, 0, 0, 1]), faults: [] };
  expect(rows(resizeMaskNearest(mask, 4, 4), 4)).toEqual(["1100", "1100", "0011", "0011"]);
  expect([...resizeMaskNearest({ ...mask, widthPx: 4, heightPx: 1 }, 2, 1)]).toEqual([0, 1]);
});
