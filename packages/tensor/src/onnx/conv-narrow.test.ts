import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gradientsOf } from "../autodiff.js";
import { type OrtNodeEngine, ortNodeEngine } from "../engines/ort-node/index.js";
import { conv2d, input, multiply, sum } from "../ops/index.js";
import { errorsOn } from "../testing/against-reference.js";

interface Layer {
  readonly x: readonly number[];
  readonly weight: readonly number[];
  readonly strides: readonly [number, number];
  readonly pads: readonly [number, number, number, number];
}

describe("the weight gradient of the first layer", () => {
  let engine: OrtNodeEngine;
  beforeAll(async () => {
    engine = await ortNodeEngine({ threads: 1 });
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  it.each<[string, Layer]>([
    ["7x7, stride 2", { x: [2, 3, 36, 32], weight: [32, 3, 7, 7], strides: [2, 2], pads: [3, 3, 3, 3] }],
    ["rows filled up", { x: [2, 1, 34, 56], weight: [16, 1, 7, 7], strides: [2, 2], pads: [3, 3, 3, 3] }],
    ["5x5, stride 1", { x: [1, 4, 18, 16], weight: [16, 4, 5, 5], strides: [1, 1], pads: [2, 2, 2, 2] }],
    ["uneven pads", { x: [1, 3, 33, 33], weight: [16, 3, 8, 5], strides: [2, 2], pads: [2, 1, 3, 1] }],
    ["uneven strides", { x: [1, 3, 54, 32], weight: [16, 3, 7, 7], strides: [3, 2], pads: [3, 3, 3, 3] }],
    ["rows of no fours", { x: [1, 3, 34, 35], weight: [16, 3, 7, 7], strides: [2, 2], pads: [3, 3, 3, 3] }],
    ["3x3", { x: [1, 3, 18, 18], weight: [16, 3, 3, 3], strides: [1, 1], pads: [1, 1, 1, 1] }],
  ])("agrees with the reference, %s", async (_, { x: shape, weight, strides, pads }) => {
    const [x, w] = [input("x", shape), input("w", weight)];
    const y = conv2d(x, w, { strides, pads });
    const [dx, dw] = gradientsOf(sum(multiply(y, input("dy", y.shape))), [x, w]);
    const errors = await errorsOn(engine, { y, dx: dx!, dw: dw! });
    expect(Math.max(...Object.values(errors))).toBeLessThan(1e-5);
  });
});
