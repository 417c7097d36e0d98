import { constant, ShapeError } from "@hermes-us/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { numbersOf, runTensors, scalarOf } from "../testing/run-tensors.js";
import { and, countKept, keepAll, keepPixelsOf, keepRate, keepWhere, not, or } from "./keep-mask.js";

const mask = (...bits: readonly number[]) => keepWhere(constant(bits, [bits.length], "bool"));

describe("KeepMask", () => {
  const a = mask(0, 0, 1, 1);
  const b = mask(0, 1, 0, 1);

  it.each([
    ["and", and(a, b), [0, 0, 0, 1]],
    ["or", or(a, b), [0, 1, 1, 1]],
    ["not", not(a), [1, 1, 0, 0]],
    ["all", keepAll([4]), [1, 1, 1, 1]],
  ])("has the truth table of %s", async (_, combined, wanted) => {
    expect(await numbersOf(combined.toWeights())).toEqual(wanted);
    expect(await numbersOf(combined.toBool())).toEqual(wanted);
  });

  it("keeps De Morgan's laws and counts what it keeps", async () => {
    const bits = fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 12 });
    const pairs = bits.chain((left) =>
      fc.tuple(
        fc.constant(left),
        fc.array(fc.constantFrom(0, 1), { minLength: left.length, maxLength: left.length }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(pairs, async ([left, right]) => {
        const [p, q] = [mask(...left), mask(...right)];
        const run = await runTensors({
          neither: not(or(p, q)).toWeights(),
          noneOfBoth: and(not(p), not(q)).toWeights(),
          both: countKept(and(p, q)),
          rate: keepRate(p),
        });
        expect(run.neither).toEqual(run.noneOfBoth);
        expect(run.both[0]).toBe(left.filter((bit, i) => bit === 1 && right[i] === 1).length);
        expect(run.rate[0]).toBeCloseTo(left.filter((bit) => bit === 1).length / left.length, 6);
      }),
      { numRuns: 25 },
    );
  });

  it("spreads images over their pixels", async () => {
    const pixels = keepPixelsOf(mask(1, 0), [2, 1, 3]);
    expect(pixels.shape).toEqual([2, 1, 3]);
    expect(await numbersOf(pixels.toWeights())).toEqual([1, 1, 1, 0, 0, 0]);
  });

  it("is made of a condition and of nothing else", async () => {
    expect(() => keepWhere(constant([0, 1]))).toThrow(ShapeError);
    expect(await scalarOf(countKept(mask(0, 0)))).toBe(0);
    expect(a.shape).toEqual([4]);
  });
});
