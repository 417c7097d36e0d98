import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { key } from "../../random.js";
import { boxMasks, cutMixBox } from "./cut-mix.js";

describe("cutMixBox", () => {
  it("lies inside the view", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 4, max: 300 }), (seed, sidePx) => {
        const { leftPx, topPx, widthPx, heightPx } = cutMixBox(key(seed), sidePx);
        return (
          leftPx >= 0 &&
          topPx >= 0 &&
          widthPx >= 1 &&
          heightPx >= 1 &&
          leftPx + widthPx <= sidePx &&
          topPx + heightPx <= sidePx
        );
      }),
    );
  });

  it("has the asked area and shape", () => {
    for (let seed = 0; seed < 200; seed++) {
      const { widthPx, heightPx } = cutMixBox(key(seed), 1000, { areaShare: [0.1, 0.2], aspect: [0.5, 2] });
      expect((widthPx * heightPx) / 1e6).toBeGreaterThan(0.099);
      expect((widthPx * heightPx) / 1e6).toBeLessThan(0.201);
      expect(widthPx / heightPx).toBeGreaterThan(0.49);
      expect(widthPx / heightPx).toBeLessThan(2.02);
    }
  });

  it("comes from the key alone", () => {
    expect(cutMixBox(key(4), 128)).toEqual(cutMixBox(key(4), 128));
    expect(cutMixBox(key(5), 128)).not.toEqual(cutMixBox(key(4), 128));
  });
});

it("marks boxes per view", () => {
  const masks = boxMasks(
    [
      { leftPx: 1, topPx: 0, widthPx: 2, heightPx: 1 },
      { leftPx: 0, topPx: 2, widthPx: 1, heightPx: 1 },
    ],
    3,
  );
  expect([...masks]).toEqual([0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
});
