import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gradientsOf } from "../autodiff.js";
import { type OrtNodeEngine, ortNodeEngine } from "../engines/ort-node/index.js";
import { conv2d, input, multiply, sum } from "../ops/index.js";
import { errorsOn } from "../testing/against-reference.js";

interface Layer {
  readonly x: readonly number[];
  readonly weight: readonly number[];
  readonly pads: readonly [number, number, number, number];
}

describe("the weight gradient by kernels as tall as the image", () => {
  let engine: OrtNodeEngine;
  beforeAll(async () => {
    engine = await ortNodeEngine({ threads: 1 });
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  it.each<[string, Layer]>([
    ["images joined", { x: [2, 16, 9, 16], weight: [16, 16, 3, 3], pads: [1, 1, 1, 1] }],
    ["more channels out than in", { x: [2, 16, 9, 16], weight: [32, 16, 3, 3], pads: [1, 1, 1, 1] }],
    ["rows filled up", { x: [2, 32, 6, 14], weight: [16, 32, 3, 3], pads: [1, 1, 1, 1] }],
    ["two blocks to a row", { x: [1, 16, 5, 32], weight: [16, 16, 3, 3], pads: [1, 1, 1, 1] }],
    ["image by image", { x: [2, 16, 35, 32], weight: [16, 16, 3, 3], pads: [1, 1, 1, 1] }],
    ["blocks of a row as channels", { x: [2, 16, 44, 48], weight: [16, 16, 3, 3], pads: [1, 1, 1, 1] }],
    ["uneven pads", { x: [1, 16, 8, 16], weight: [16, 16, 4, 2], pads: [0, 1, 2, 0] }],
    ["uneven pads, more channels out", { x: [1, 16, 8, 16], weight: [32, 16, 4, 2], pads: [3, 0, 0, 1] }],
    ["no pads", { x: [1, 16, 8, 18], weight: [32, 16, 3, 3], pads: [0, 0, 0, 0] }],
    ["a map of 7x7, joined", { x: [4, 32, 7, 7], weight: [16, 32, 3, 3], pads: [1, 1, 1, 1] }],
    ["a map of 7x7, more channels out", { x: [4, 16, 7, 7], weight: [32, 16, 3, 3], pads: [1, 1, 1, 1] }],
    ["wider rows filled up", { x: [1, 16, 40, 28], weight: [32, 16, 3, 3], pads: [1, 1, 1, 1] }],
    ["a map of 4x4, joined", { x: [3, 32, 4, 4], weight: [16, 32, 3, 3], pads: [1, 1, 1, 1] }],
  ])("agrees with the reference, %s", async (_, { x: shape, weight, pads }) => {
    const [x, w] = [input("x", shape), input("w", weight)];
    const y = conv2d(x, w, { pads });
    const [dx, dw] = gradientsOf(sum(multiply(y, input("dy", y.shape))), [x, w]);
    const errors = await errorsOn(engine, { y, dx: dx!, dw: dw! });
    expect(Math.max(...Object.values(errors))).toBeLessThan(1e-5);
  });
});
