import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gradientsOf } from "../autodiff.js";
import type { HostArray } from "../dtype.js";
import { type OrtNodeEngine, ortNodeEngine } from "../engines/ort-node/index.js";
import { referenceEngine } from "../engines/reference.js";
import { input, maxPool2d, multiply, sum } from "../ops/index.js";
import { SampleMaker } from "../ops/samples.js";
import { trace } from "../program.js";

/** Whole numbers in [low, low + 3): most windows hold their largest element more than once. */
function coarse(shape: readonly number[], low: number): HostArray {
  const { data } = new SampleMaker(9).integers(shape, 3);
  return { dtype: "float32", shape, data: Float32Array.from(data, (value) => value + low) };
}

type Four = readonly [number, number, number, number];
interface Windows {
  readonly kernel: readonly [number, number];
  readonly pads: Four;
}

describe("the gradient of max pooling on the blocked layout", () => {
  let engine: OrtNodeEngine;
  beforeAll(async () => {
    engine = await ortNodeEngine({ threads: 1 });
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  it.each<[string, Windows]>([
    ["3x3 with pads", { kernel: [3, 3], pads: [1, 1, 1, 1] }],
    ["3x3 with pads before", { kernel: [3, 3], pads: [1, 1, 0, 0] }],
    ["3x3 with pads after", { kernel: [3, 3], pads: [0, 0, 1, 1] }],
    ["2x2", { kernel: [2, 2], pads: [0, 0, 0, 0] }],
    ["2x2 with pads before", { kernel: [2, 2], pads: [1, 1, 0, 0] }],
    ["2x3", { kernel: [2, 3], pads: [0, 1, 0, 0] }],
  ])("goes to the first of equal elements, %s", async (_, { kernel, pads }) => {
    const shape = [2, 32, 6, 8];
    const x = input("x", shape);
    const y = maxPool2d(x, { kernel, strides: [2, 2], pads });
    const dy = input("dy", y.shape);
    const [dx] = gradientsOf(sum(multiply(y, dy)), [x]);
    const program = trace({ y, dx: dx! });
    await using exact = await referenceEngine().compile(program);
    await using blocked = await engine.compile(program);
    for (const low of [-1, 0, -7, 1e6]) {
      const feeds = { x: coarse(shape, low), dy: coarse(y.shape, 1) };
      expect(await blocked.run(feeds)).toEqual(await exact.run(feeds));
    }
  });
});
