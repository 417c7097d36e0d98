import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HostArray } from "../../dtype.js";
import type { Engine, Feeds } from "../../engine.js";
import { EngineError, FeedError } from "../../errors.js";
import { add, input, multiply } from "../../ops/index.js";
import { NonFiniteGradientError } from "../../optim/clip-gradients.js";
import { type Program, trace } from "../../program.js";
import { tinyTraining } from "../../testing/tiny-network.js";
import { TRAJECTORY_TOLERANCE, trajectoryError, trajectoryOn } from "../../testing/trajectory.js";
import { referenceEngine } from "../reference.js";
import { ortWebEngine } from "./engine.js";

function array(shape: readonly number[], values: readonly number[]): HostArray {
  return { dtype: "float32", shape, data: Float32Array.from(values) };
}

/** y = a * b + a on [2] */
function small(): Program {
  const [a, b] = [input("a", [2]), input("b", [2])];
  return trace({ y: add(multiply(a, b), a) });
}
const smallFeeds = { a: array([2], [2, 3]), b: array([2], [10, 20]) };

// The wasm build also runs in Node, with one thread; `browser.test.ts` has the real thing.
describe("ONNX Runtime Web's wasm", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await ortWebEngine({ provider: "wasm" });
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  it("trains as the reference does", async () => {
    const wanted = await trajectoryOn(referenceEngine());
    expect(trajectoryError(await trajectoryOn(engine), wanted)).toBeLessThan(TRAJECTORY_TOLERANCE);
  });

  it.each<[string, Feeds, RegExp]>([
    ["a missing feed", { a: smallFeeds.a }, /b is missing \(float32 \[2\]\)/],
    ["an unknown feed", { ...smallFeeds, c: smallFeeds.a }, /c is unknown/],
    ["another shape", { ...smallFeeds, b: array([1], [1]) }, /b is float32 \[1\] instead of float32 \[2\]/],
  ])("refuses %s and still runs", async (_name, feeds, message) => {
    await using executable = await engine.compile(small());
    await expect(executable.run(feeds)).rejects.toThrow(FeedError);
    await expect(executable.run(feeds)).rejects.toThrow(message);
    expect((await executable.run(smallFeeds)).y!.data).toEqual(Float32Array.of(22, 63));
  });

  it("lets runs that start together take turns", async () => {
    await using executable = await engine.compile(small());
    const runs = [1, 2, 3].map((a) => executable.run({ ...smallFeeds, a: array([2], [a, a]) }));
    expect((await Promise.all(runs)).map(({ y }) => [...y!.data])).toEqual([
      [11, 21],
      [22, 42],
      [33, 63],
    ]);
  });

  it("refuses non-finite gradients before anything changes", async () => {
    const { training, initial, feeds, numbers } = tinyTraining(1);
    await using session = await engine.train(training, initial);
    const before = await session.snapshot();
    const step = session.step(feeds(0), { ...numbers(0), maskWeight: 3e38 });
    await expect(step).rejects.toThrow(NonFiniteGradientError);
    expect(await session.snapshot()).toEqual(before);
  });

  it("refuses to run what was disposed of, and to change its threads", async () => {
    const executable = await engine.compile(small());
    const running = executable.run(smallFeeds);
    await executable[Symbol.asyncDispose]();
    await executable[Symbol.asyncDispose]();
    expect((await running).y!.data).toEqual(Float32Array.of(22, 63));
    await expect(executable.run(smallFeeds)).rejects.toThrow(EngineError);
    await expect(ortWebEngine({ provider: "wasm", wasmPaths: "/elsewhere/" })).rejects.toThrow(
      /wanted threads 1 and files at the bundle, as this page's first engine/,
    );
  });

  it("refuses programs after the engine's end, which may be repeated", async () => {
    const other = await ortWebEngine({ provider: "wasm" });
    const executable = await other.compile(small());
    await other[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
    await expect(executable.run(smallFeeds)).rejects.toThrow(/a session that was disposed of/);
    await expect(other.compile(small())).rejects.toThrow(/an engine that was disposed of/);
  });

  it("names itself as what there is where WebGPU is not", async () => {
    await expect(ortWebEngine({ provider: "webgpu" })).rejects.toThrow(
      /got provider webgpu; wanted one of wasm;/,
    );
  });
});
