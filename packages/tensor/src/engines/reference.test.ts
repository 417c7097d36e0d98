import { describe, expect, it } from "vitest";
import type { HostArray } from "../dtype.js";
import { FeedError } from "../errors.js";
import { add, input, multiply } from "../ops/index.js";
import { trace } from "../program.js";
import { tinyTraining } from "../testing/tiny-network.js";
import { referenceEngine } from "./reference.js";

const feed = (values: readonly number[]): HostArray => ({
  dtype: "float32",
  shape: [2],
  data: Float32Array.from(values),
});

describe("the reference engine", () => {
  it("runs a program and refuses feeds that it does not take", async () => {
    const [a, b] = [input("a", [2]), input("b", [2])];
    await using executable = await referenceEngine().compile(trace({ y: add(multiply(a, b), a) }));
    const { y } = await executable.run({ a: feed([2, 3]), b: feed([10, 20]) });
    expect(y).toEqual(feed([22, 63]));
    await expect(executable.run({ a: feed([2, 3]), c: feed([1, 1]) })).rejects.toThrow(FeedError);
  });

  it("refuses a step without its feeds or numbers before anything changes", async () => {
    const { training, initial, feeds, numbers } = tinyTraining(1);
    await using session = await referenceEngine().train(training, initial);
    await expect(session.step({}, numbers(0))).rejects.toThrow(/image is missing/);
    await expect(session.step(feeds(0), {})).rejects.toThrow(/number learningRate is missing/);
    expect((await session.snapshot()).state.stem).toEqual(initial.stem);
  });
});
