import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { key } from "../random.js";
import { balancedSampler, drawBatch, uniformSampler } from "./sampler.js";

const names = (count: number, prefix = "id") => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

describe("uniformSampler", () => {
  it("shows every image once per pass, with the number of the pass, in batches without a gap", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer(),
        (count, size, seed) => {
          const ids = names(count);
          const sampler = uniformSampler(ids, key(seed));
          const batches = Array.from({ length: 3 * count }, (_, step) =>
            drawBatch(sampler, step, size),
          ).flat();
          for (let pass = 0; pass < 3; pass++) {
            const shown = batches.slice(pass * count, (pass + 1) * count);
            expect(shown.map(({ id }) => id).sort()).toEqual([...ids].sort());
            expect(shown.every(({ epoch }) => epoch === pass)).toBe(true);
          }
        },
      ),
    );
  });

  it("goes on at any position as if it had come there step by step", () => {
    const straight = uniformSampler(names(11), key(3));
    const shown = Array.from({ length: 60 }, (_, position) => straight.at(position));
    const resumed = uniformSampler(names(11), key(3));
    expect(Array.from({ length: 23 }, (_, i) => resumed.at(37 + i))).toEqual(shown.slice(37));
  });

  it("does not depend on the order of the ids, but on the seed and the pass", () => {
    const order = (ids: string[], seed: number, pass: number) =>
      Array.from({ length: 20 }, (_, i) => uniformSampler(ids, key(seed)).at(pass * 20 + i).id).join();
    const ids = names(20);
    expect(order([...ids].reverse(), 1, 0)).toBe(order(ids, 1, 0));
    expect(order(ids, 2, 0)).not.toBe(order(ids, 1, 0));
    expect(order(ids, 1, 1)).not.toBe(order(ids, 1, 0));
  });
});

describe("balancedSampler", () => {
  it("shows classes equally often and every image of each class once per pass", () => {
    const groups = new Map([
      ["benign", names(7, "b")],
      ["malignant", names(3, "m")],
      ["empty", []],
    ]);
    const sampler = balancedSampler(groups, key(1));
    const shown = Array.from({ length: 42 }, (_, position) => sampler.at(position));
    for (let round = 0; round < 21; round++) {
      const pair = shown.slice(2 * round, 2 * round + 2).map(({ id }) => id[0]);
      expect(pair.sort()).toEqual(["b", "m"]);
    }
    const count = (id: string) => shown.filter((draw) => draw.id === id).length;
    expect(names(7, "b").map(count)).toEqual(new Array(7).fill(3));
    expect(names(3, "m").map(count)).toEqual(new Array(3).fill(7));
    const ofFirst = shown.filter(({ id }) => id === "m0").map(({ epoch }) => epoch);
    expect(ofFirst).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});
