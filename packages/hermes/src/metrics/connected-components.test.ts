import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BinaryMask } from "./binary-mask.js";
import { connectedComponents } from "./connected-components.js";
import { maskPair } from "./testing/arbitrary-masks.js";
import { maskOf } from "./testing/mask-of.js";

describe("connectedComponents", () => {
  it("joins diagonal neighbours and does not wrap around the image's sides", () => {
    const { labels, areasPx } = connectedComponents(maskOf(["#...#", ".#..#", "....#", "#....", "##..."]));
    expect(areasPx).toEqual([2, 3, 3]);
    expect([...labels]).toEqual([1, 0, 0, 0, 2, 0, 1, 0, 0, 2, 0, 0, 0, 0, 2, 3, 0, 0, 0, 0, 3, 3, 0, 0, 0]);
  });

  it("joins a ring that a raster scan meets in two places first", () => {
    expect(connectedComponents(maskOf(["#.#", "#.#", "###"])).areasPx).toEqual([7]);
  });

  it.each([{ rows: ["#.", ".#"] }, { rows: [".#", "#."] }])(
    "joins across the corner of $rows",
    ({ rows }) => {
      expect(connectedComponents(maskOf(rows)).areasPx).toEqual([2]);
    },
  );

  it("equals a flood fill from each pixel in turn", () => {
    fc.assert(
      fc.property(maskPair, ([mask]) => {
        const { labels, areasPx } = connectedComponents(mask);
        const expected = floodFill(mask);
        expect([...labels]).toEqual(expected);
        expect(areasPx).toEqual(areasPx.map((_, k) => expected.filter((label) => label === k + 1).length));
      }),
    );
  });
});

function floodFill({ data, widthPx, heightPx }: BinaryMask): number[] {
  const labels = Array<number>(data.length).fill(0);
  let components = 0;
  const fill = (x: number, y: number, label: number): void => {
    const i = y * widthPx + x;
    if (x < 0 || y < 0 || x >= widthPx || y >= heightPx || data[i] === 0 || labels[i] !== 0) return;
    labels[i] = label;
    for (const dx of [-1, 0, 1]) for (const dy of [-1, 0, 1]) fill(x + dx, y + dy, label);
  };
  for (let i = 0; i < data.length; i++) {
    if (data[i] !== 0 && labels[i] === 0) fill(i % widthPx, Math.floor(i / widthPx), ++components);
  }
  return labels;
}
