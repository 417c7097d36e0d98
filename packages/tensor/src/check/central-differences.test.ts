import { describe, expect, it } from "vitest";
import { errorAgainstDifferences } from "./central-differences.js";

/** sum of a_i^3, whose gradient is 3 a_i^2 */
const cubes = { f: ([a]: readonly { data: Float64Array }[]) => a!.data.reduce((sum, v) => sum + v ** 3, 0) };
const vector = (length: number, f: (i: number) => number) => ({
  shape: [length],
  data: Float64Array.from({ length }, (_, i) => f(i)),
});

describe.each([5, 1000])("the error of a gradient of %d elements", (length) => {
  const a = vector(length, (i) => Math.sin(i + 1));
  const right = vector(length, (i) => 3 * Math.sin(i + 1) ** 2);

  it("is next to nothing where it is right", () => {
    expect(errorAgainstDifferences({ ...cubes, variables: [a], gradients: [right] })).toBeLessThan(1e-9);
  });

  it.each([
    ["one element is off", (g: Float64Array) => g.with(2, g[2]! + 0.01)],
    ["its scale is off by a thousandth", (g: Float64Array) => g.map((v) => v * 1.001)],
    ["two elements are exchanged", (g: Float64Array) => g.with(0, g[3]!).with(3, g[0]!)],
    ["a number is missing", (g: Float64Array) => g.with(1, Number.NaN)],
  ])("is seen where %s", (_, spoil) => {
    const wrong = { shape: [length], data: spoil(right.data) };
    expect(errorAgainstDifferences({ ...cubes, variables: [a], gradients: [wrong] })).toBeGreaterThan(1e-6);
  });
});
