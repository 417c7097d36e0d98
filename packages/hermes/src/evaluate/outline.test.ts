import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { outlinePath } from "./outline.js";

function mask(rows: readonly string[]) {
  return {
    widthPx: rows[0]!.length,
    heightPx: rows.length,
    data: Uint8Array.from(rows.join(""), (letter) => (letter === "#" ? 1 : 0)),
  };
}

/** Area by the shoelace rule over all closed parts; holes run the other way round and count against it. */
function signedArea(path: string): number {
  let area = 0;
  let [x, y] = [0, 0];
  let [startX, startY] = [0, 0];
  for (const [, letter, first, second] of path.matchAll(/([Mhvz])(-?\d+)?(?: (-?\d+))?/g)) {
    const [fromX, fromY] = [x, y];
    if (letter === "M") {
      [x, y] = [Number(first), Number(second)];
      [startX, startY] = [x, y];
      continue;
    }
    if (letter === "h") x += Number(first);
    if (letter === "v") y += Number(first);
    if (letter === "z") [x, y] = [startX, startY];
    area += (fromX * y - x * fromY) / 2;
  }
  return area;
}

describe("outlinePath", () => {
  it.each([
    { name: "an empty mask", rows: ["..", ".."], path: "" },
    { name: "one pixel", rows: ["...", ".#.", "..."], path: "M1 1h1v1h-1z" },
    { name: "an angle", rows: ["##", "#."], path: "M0 0h2v1h-1v1h-1z" },
    { name: "a hole, walked the other way", rows: ["###", "#.#", "###"], path: "M0 0h3v3h-3zM1 2h1v-1h-1z" },
  ])("walks $name", ({ rows, path }) => {
    expect(outlinePath(mask(rows))).toBe(path);
  });

  it("joins pixels that touch by a corner", () => {
    expect(outlinePath(mask(["#.", ".#"])).match(/M/g)).toHaveLength(1);
  });

  it("encloses as much as the mask has pixels", () => {
    const masks = fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
      .chain(([widthPx, heightPx]) =>
        fc
          .array(fc.constantFrom(0, 1), { minLength: widthPx * heightPx, maxLength: widthPx * heightPx })
          .map((values) => ({ widthPx, heightPx, data: Uint8Array.from(values) })),
      );
    fc.assert(
      fc.property(masks, (one) => {
        expect(signedArea(outlinePath(one))).toBe(one.data.reduce((sum, value) => sum + value, 0));
      }),
      { numRuns: 500 },
    );
  });
});
