import { describe, expect, it } from "vitest";
import { goldenTensor, goldenUniforms } from "./golden-tensor.js";

describe("golden inputs", () => {
  it("repeat the published check values", () => {
    const uniform = goldenUniforms("abc");
    const first = [uniform(), uniform(), uniform()];
    for (const [i, wanted] of [0.516642, 0.65962213, 0.00187966].entries()) {
      expect(first[i]).toBeCloseTo(wanted, 6);
    }
  });

  it("lie in their range, row by row", () => {
    const { shape, data } = goldenTensor("abc", [[1, 3], -2, 2]);
    expect(shape).toEqual([1, 3]);
    expect(data[0]).toBe(Math.fround(-2 + 4 * goldenUniforms("abc")()));
    expect(data[2]).toBeCloseTo(-2 + 4 * 0.00187966, 6);
  });
});
