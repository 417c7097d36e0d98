import { describe, expect, it } from "vitest";
import { gradient, gradientsOf, valueAndGradient } from "./autodiff.js";
import { evaluate } from "./engines/reference.js";
import { add, exp, input, multiply, relu, square, stopGradient, subtract, sum } from "./ops/index.js";
import { trace } from "./program.js";
import type { Tensor } from "./tensor.js";

/** @returns the numbers of `y` where the input `x` holds `values` */
function at(values: readonly number[], y: Tensor): number[] {
  const program = trace({ y });
  const x = { shape: [values.length], data: Float64Array.from(values) };
  return [...evaluate(program, { x }).y!.data];
}

const points = [-2, 0.5, 3];
const x = input("x", [3]);
const cubes = (t: Tensor) => sum(multiply(t, multiply(t, t)));

describe("gradient", () => {
  it("of a cube is three squares", () => {
    expect(at(points, gradient(cubes)(x))).toEqual(points.map((v) => 3 * v ** 2));
  });

  it("of a gradient is the second derivative, and once more the third", () => {
    const second = gradient((t: Tensor) => sum(gradient(cubes)(t)));
    const third = gradient((t: Tensor) => sum(second(t)));
    expect(at(points, second(x))).toEqual(points.map((v) => 6 * v));
    expect(at(points, third(x))).toEqual([6, 6, 6]);
  });

  it("inside a forward pass is differentiated through, or not where it is detached", () => {
    const saliency = (t: Tensor) => relu(gradient(cubes)(t));
    const through = gradient((t: Tensor) => sum(multiply(t, saliency(t))));
    const detached = gradient((t: Tensor) => sum(multiply(t, stopGradient(saliency(t)))));
    expect(at(points, through(x))).toEqual(points.map((v) => 9 * v ** 2));
    expect(at(points, detached(x))).toEqual(points.map((v) => 3 * v ** 2));
  });

  it("with respect to an input of a saliency map does not leak into the outer variable", () => {
    const outer = gradient((t: Tensor) => {
      const inner = gradient((u: Tensor) => sum(multiply(multiply(u, u), t)))(t);
      return sum(inner);
    });
    expect(at(points, outer(x))).toEqual(points.map((v) => 4 * v));
  });

  it("adds up what reaches a shared value by several ways", () => {
    const diamond = gradient((t: Tensor) => {
      const shared = square(t);
      return sum(add(multiply(shared, shared), subtract(shared, t)));
    });
    expect(at(points, diamond(x))).toEqual(points.map((v) => 4 * v ** 3 + 2 * v - 1));
  });

  it("stops where it is told to", () => {
    expect(at(points, gradient((t: Tensor) => sum(multiply(stopGradient(exp(t)), t)))(x))).toEqual(
      points.map(Math.exp),
    );
  });

  it("is zero for what the loss does not use", () => {
    const both = gradient(({ a }: { a: Tensor; b: Tensor }) => sum(a))({ a: x, b: square(x) });
    expect(at(points, both.a)).toEqual([1, 1, 1]);
    expect(at(points, both.b)).toEqual([0, 0, 0]);
  });

  it("takes one tensor, a list or a dictionary, and gives the same form back", () => {
    const list = gradient(([a, b]: readonly Tensor[]) => sum(multiply(a!, exp(b!))))([x, x]);
    expect(at(points, list[0]!)).toEqual(points.map(Math.exp));
    expect(at(points, list[1]!)).toEqual(points.map((v) => v * Math.exp(v)));
  });

  it("comes with the value, and passes other arguments on", () => {
    const scaled = valueAndGradient((t: Tensor, factor: number) => sum(multiply(t, factor)));
    const { value, gradient: slope } = scaled(x, 4);
    expect(at(points, value)).toEqual([6]);
    expect(at(points, slope)).toEqual([4, 4, 4]);
  });

  it("reaches through a chain of ten thousand ops", () => {
    let y = x;
    for (let i = 0; i < 10_000; i++) y = add(y, x);
    expect(at(points, gradientsOf(sum(y), [x])[0]!)).toEqual([10_001, 10_001, 10_001]);
  });

  it("is asked of a float32 scalar only", () => {
    expect(() => gradientsOf(x, [x])).toThrow(
      /^gradient: got a loss of float32 \[3\]; wanted a float32 scalar; reduce it/,
    );
  });
});
