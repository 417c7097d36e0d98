import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Worker } from "node:worker_threads";
import { listSupportedBackends } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HostArray } from "../../dtype.js";
import type { Feeds } from "../../engine.js";
import { EngineError, FeedError, TensorError } from "../../errors.js";
import { add, input, matmul, multiply, type Tensor } from "../../index.js";
import { NonFiniteGradientError } from "../../optim/clip-gradients.js";
import { type Program, trace } from "../../program.js";
import { tinyTraining } from "../../testing/tiny-network.js";
import { type OrtNodeEngine, type OrtNodeOptions, ortNodeEngine } from "./engine.js";

function array(shape: readonly number[], values: readonly number[]): HostArray {
  return { dtype: "float32", shape, data: Float32Array.from(values) };
}

/** y = a * b + a on [2] */
function small(): Program {
  const [a, b] = [input("a", [2]), input("b", [2])];
  return trace({ y: add(multiply(a, b), a) });
}
const smallFeeds = { a: array([2], [2, 3]), b: array([2], [10, 20]) };

const SIDE = 1536;
/** Ten products of SIDE x SIDE matrices: more than 70 GFLOP. */
function long(): Program {
  let product: Tensor = input("x", [SIDE, SIDE]);
  for (let i = 0; i < 10; i++) product = matmul(product, input(`m${i % 2}`, [SIDE, SIDE]));
  return trace({ product });
}
function longFeeds(): Feeds {
  const zeros: HostArray = {
    dtype: "float32",
    shape: [SIDE, SIDE],
    data: new Float32Array(SIDE * SIDE),
  };
  return { x: zeros, m0: zeros, m1: zeros };
}

/** Makes an engine and hands over the thread that it started. */
async function engineAndThread(): Promise<{ engine: OrtNodeEngine; thread: Worker }> {
  const threads: Worker[] = [];
  const collect = (thread: Worker) => threads.push(thread);
  process.on("worker", collect);
  const engine = await ortNodeEngine({ threads: 1 });
  process.off("worker", collect);
  return { engine, thread: threads[0]! };
}

describe("an executable", () => {
  let engine: OrtNodeEngine;
  beforeAll(async () => {
    engine = await ortNodeEngine({ threads: 1 });
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  it.each<[string, Feeds, RegExp]>([
    ["a missing feed", { a: smallFeeds.a }, /run: got b is missing \(float32 \[2\]\); wanted feeds a, b/],
    ["an unknown feed", { ...smallFeeds, c: smallFeeds.a }, /c is unknown/],
    [
      "another shape",
      { ...smallFeeds, b: array([3], [1, 2, 3]) },
      /b is float32 \[3\] instead of float32 \[2\]/,
    ],
    [
      "another dtype",
      { ...smallFeeds, b: { dtype: "int32", shape: [2], data: new Int32Array(2) } },
      /b is int32 \[2\] instead of float32 \[2\]/,
    ],
    ["too few numbers", { ...smallFeeds, b: array([2], [1]) }, /b holds Float32Array\(1\) for float32 \[2\]/],
    ["several mistakes", { c: smallFeeds.a }, /a is missing .* b is missing .* c is unknown/],
  ])("refuses %s and still runs", async (_name, feeds, message) => {
    await using executable = await engine.compile(small());
    await expect(executable.run(feeds)).rejects.toThrow(FeedError);
    await expect(executable.run(feeds)).rejects.toThrow(message);
    expect((await executable.run(smallFeeds)).y!.data).toEqual(Float32Array.of(22, 63));
  });

  it("leaves its feeds as they were, and gives every caller arrays of their own", async () => {
    await using executable = await engine.compile(small());
    const first = await executable.run(smallFeeds);
    const second = await executable.run({ ...smallFeeds, a: array([2], [0, 0]) });
    expect(smallFeeds.b.data).toEqual(Float32Array.of(10, 20));
    expect([first.y!.data, second.y!.data]).toEqual([Float32Array.of(22, 63), Float32Array.of(0, 0)]);
  });
});

describe("the options", () => {
  const names = listSupportedBackends().map(({ name }) => name);

  it.each<[OrtNodeOptions, string]>([
    [{ providers: ["warp-drive"] }, `provider warp-drive; wanted one of ${names.join(", ")}`],
    [{ providers: ["webgpu", "a", "b"] }, `provider a, b; wanted one of ${names.join(", ")}`],
    [{ threads: 0 }, "threads 0"],
    [{ threads: 1.5 }, "threads 1.5"],
  ])("%o is refused", async (options, message) => {
    await expect(ortNodeEngine(options)).rejects.toThrow(EngineError);
    await expect(ortNodeEngine(options)).rejects.toThrow(message);
  });

  it.each<[OrtNodeOptions, string]>([
    [{}, "ort-node (cpu, cpu)"],
    [{ target: "portable" }, "ort-node (cpu, portable)"],
    [{ providers: ["webgpu", "cpu"] }, "ort-node (webgpu, portable)"],
  ])("%o make an engine named for what it runs", async (options, name) => {
    await using engine = await ortNodeEngine(options);
    expect(engine.name).toBe(name);
  });
});

describe("native memory", () => {
  it("is held while programs live, and by none afterwards", async () => {
    await using engine = await ortNodeEngine({ threads: 1 });
    const { training, initial, feeds, numbers } = tinyTraining(1);
    expect((await engine.usage()).sessions).toBe(0);
    {
      await using executable = await engine.compile(small());
      await using session = await engine.train(training, initial);
      await executable.run(smallFeeds);
      await session.step(feeds(0), numbers(0));
      expect((await engine.usage()).sessions).toBe(2);
    }
    expect((await engine.usage()).sessions).toBe(0);
  });

  it("of arrays that are taken over is the thread's alone, and the steps are the same", async () => {
    await using engine = await ortNodeEngine({ threads: 1 });
    const { training, initial, feeds, numbers } = tinyTraining(1);
    const copies = Object.fromEntries(
      Object.entries(initial).map(([name, array]) => [name, { ...array, data: array.data.slice() }]),
    );
    await using kept = await engine.train(training, initial);
    await using taken = await engine.train(training, copies, "taken");
    expect(Object.values(initial).every(({ data }) => data.length > 0)).toBe(true);
    expect(Object.values(copies).every(({ data }) => data.length === 0)).toBe(true);
    const [one, other] = [await kept.step(feeds(0), numbers(0)), await taken.step(feeds(0), numbers(0))];
    expect(other).toEqual(one);
    expect(await taken.snapshot()).toEqual(await kept.snapshot());
  });

  it("is not held by a training that was refused", async () => {
    await using engine = await ortNodeEngine({ threads: 1 });
    const { training, initial } = tinyTraining(1);
    const [body, ...rest] = training.plan.trained;
    const trained = [{ ...body!, optimizer: { ...body!.optimizer, weightDecay: Number.NaN } }, ...rest];
    await expect(engine.train({ ...training, plan: { ...training.plan, trained } }, initial)).rejects.toThrow(
      TensorError,
    );
    expect((await engine.usage()).sessions).toBe(0);
  });
});

describe("after its end", () => {
  it("an executable refuses to run, and disposing of it again is harmless", async () => {
    await using engine = await ortNodeEngine({ threads: 1 });
    const executable = await engine.compile(small());
    await executable[Symbol.asyncDispose]();
    await executable[Symbol.asyncDispose]();
    await expect(executable.run(smallFeeds)).rejects.toThrow(EngineError);
    await expect(executable.run(smallFeeds)).rejects.toThrow(/a session that was disposed of/);
  });

  it("an engine refuses everything, and disposing of it and its programs again is harmless", async () => {
    const engine = await ortNodeEngine({ threads: 1 });
    const executable = await engine.compile(small());
    const { training, initial, feeds, numbers } = tinyTraining(1);
    const session = await engine.train(training, initial);
    await engine[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
    for (const call of [
      () => executable.run(smallFeeds),
      () => engine.compile(small()),
      () => session.step(feeds(0), numbers(0)),
      () => session.snapshot(),
    ]) {
      await expect(call()).rejects.toThrow(EngineError);
      await expect(call()).rejects.toThrow(/an engine that was disposed of/);
    }
    await executable[Symbol.asyncDispose]();
    await session[Symbol.asyncDispose]();
  });

  it("an engine lets a run under way finish", async () => {
    const engine = await ortNodeEngine({ threads: 1 });
    const executable = await engine.compile(small());
    const running = executable.run(smallFeeds);
    await engine[Symbol.asyncDispose]();
    expect((await running).y!.data).toEqual(Float32Array.of(22, 63));
  });
});

describe("an engine whose thread dies", () => {
  it("rejects what waits and all that comes, and can be disposed of", async () => {
    const { engine, thread } = await engineAndThread();
    const executable = await engine.compile(small());
    // No request at all: the thread fails between two runs. Terminated inside one, the native library aborts the process.
    thread.postMessage(null);
    const pending = [executable.run(smallFeeds), engine.compile(small())];
    await Promise.all(
      pending.map((call) =>
        expect(call).rejects.toThrow(/^ort-node: got a thread that failed: .*; make a new engine\.$/),
      ),
    );
    await expect(executable.run(smallFeeds)).rejects.toThrow(EngineError);
    await executable[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
  });
});

describe("errors in the thread", () => {
  it("come back in their own class: non-finite gradients", async () => {
    await using engine = await ortNodeEngine({ threads: 1 });
    const { training, initial, feeds, numbers } = tinyTraining(1);
    await using session = await engine.train(training, initial);
    const before = await session.snapshot();
    const step = session.step(feeds(0), { ...numbers(0), maskWeight: 3e38 });
    await expect(step).rejects.toThrow(NonFiniteGradientError);
    expect(await session.snapshot()).toEqual(before);
    await session.step(feeds(0), numbers(0));
  });

  it("come back in their own class: a snapshot of something else", async () => {
    await using engine = await ortNodeEngine({ threads: 1 });
    const { training, initial } = tinyTraining(1);
    await using session = await engine.train(training, initial);
    const restored = session.restore({ state: {}, optimizers: {} });
    await expect(restored).rejects.toThrow(/restoring .*: got nothing; wanted \d+ numbers/);
  });
});

describe("a session", () => {
  it("repeats the uninterrupted run bit for bit from a snapshot", async () => {
    await using engine = await ortNodeEngine({ threads: 1 });
    const { training, initial, feeds, numbers } = tinyTraining(3);
    await using straight = await engine.train(training, initial);
    for (let step = 0; step < 3; step++) await straight.step(feeds(step), numbers(step));
    const snapshot = await straight.snapshot();
    await using resumed = await engine.train(training, initial);
    await resumed.restore(snapshot);
    for (let step = 3; step < 6; step++) {
      const [a, b] = [
        await straight.step(feeds(step), numbers(step)),
        await resumed.step(feeds(step), numbers(step)),
      ];
      expect(b).toEqual(a);
    }
    expect(await resumed.snapshot()).toEqual(await straight.snapshot());
  });

  it("leaves the event loop free while it runs", async () => {
    await using engine = await ortNodeEngine({ threads: 1 });
    await using executable = await engine.compile(long());
    const feeds = longFeeds();
    const delay = monitorEventLoopDelay({ resolution: 5 });
    const start = performance.now();
    const running = executable.run(feeds);
    delay.enable();
    await running;
    delay.disable();
    const runMs = performance.now() - start;
    expect(runMs).toBeGreaterThan(300);
    expect(delay.percentile(95) / 1e6, "lateness in ms").toBeLessThan(50);
    // Other processes may hold the machine for a moment, but nobody for the whole run.
    expect(delay.max / 1e6, "largest lateness in ms").toBeLessThan(runMs / 2);
  });
});
