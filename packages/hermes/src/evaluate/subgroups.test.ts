import { describe, expect, it } from "vitest";
import { key } from "../random.js";
import { subgroupsOf } from "./subgroups.js";
import { CLASSES, makeImage } from "./testing/make-evaluation.js";

const images = [
  makeImage({ id: "a", prob: 0.1, columns: 4, attributes: { device: "A", birads: "2" } }),
  makeImage({
    id: "b",
    className: "malignant",
    prob: 0.9,
    columns: 2,
    attributes: { device: "A", birads: "2" },
  }),
  makeImage({ id: "c", prob: 0.8, columns: null, attributes: { device: "B", birads: "2" } }),
  makeImage({ id: "d", className: null, prob: 0.5, columns: 4, attributes: { birads: "2" } }),
];

describe("subgroupsOf", () => {
  const groups = subgroupsOf(images, CLASSES, key(1));
  const of = (trait: string) => groups.filter((group) => group.trait === trait);

  it("gives a row per value, unknown ones last", () => {
    expect(of("device").map(({ value, images: n }) => [value, n])).toEqual([
      ["A", 2],
      ["B", 1],
      [null, 1],
    ]);
    // Dice of 4 true and 2 found columns: 2 * 2 / 6.
    expect(of("device")[0]).toMatchObject({ dice: { value: (1 + 2 / 3) / 2 }, auroc: { value: 1 } });
    expect(of("device")[1]).toMatchObject({ dice: null, auroc: null, accuracy: { value: 0 } });
  });

  it("leaves out traits with one value alone, and those that no image has", () => {
    expect(of("BI-RADS")).toEqual([]);
    expect(of("calipers burned in")).toEqual([]);
  });
});
