import { describe, expect, it } from "vitest";
import { importsOf, runScript } from "./testing/run-script.js";

const imports = importsOf({
  ortNodeEngine: "engines/ort-node/index.js",
  "input, matmul, trace": "index.js",
  tinyTraining: "testing/tiny-network.js",
});

const trained = `${imports}
const { training, initial, feeds, numbers } = tinyTraining(1);
const engine = await ortNodeEngine({ threads: 1 });
const session = await engine.train(training, initial);`;

describe("a process with an engine", () => {
  it("ends by itself when its script does, with nothing disposed of", async () => {
    const { code, stdout, stderr } = await runScript(
      `${trained}
      await session.step(feeds(0), numbers(0));
      console.log("stepped");`,
      { timeoutMs: 20_000 },
    );
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "stepped\n", stderr: "" });
  });

  it("stays while a step is under way that nobody awaits", async () => {
    const { code, stdout } = await runScript(
      `${trained}
      session.step(feeds(0), numbers(0)).then(() => console.log("stepped"));`,
      { timeoutMs: 20_000 },
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: "stepped\n" });
  });

  it("ends at once on Ctrl-C in the middle of a run", async () => {
    const side = 2048;
    let killedAt = 0;
    const { signal, stdout } = await runScript(
      `${imports}
      let y = input("x", [${side}, ${side}]);
      for (let i = 0; i < 200; i++) y = matmul(y, input("m", [${side}, ${side}]));
      const engine = await ortNodeEngine({ threads: 1 });
      const executable = await engine.compile(trace({ y }));
      const zeros = { dtype: "float32", shape: [${side}, ${side}], data: new Float32Array(${side ** 2}) };
      const running = executable.run({ x: zeros, m: zeros });
      setTimeout(() => console.log("running"), 200);
      await running;
      console.log("done");`,
      {
        onOutput(printed, child) {
          if (!printed.includes("running") || killedAt > 0) return;
          killedAt = performance.now();
          child.kill("SIGINT");
        },
      },
    );
    expect({ signal, stdout }).toEqual({ signal: "SIGINT", stdout: "running\n" });
    expect(performance.now() - killedAt).toBeLessThan(2000);
  });

  it("gets a clear error where ONNX Runtime's library does not load", async () => {
    const hook = `export function resolve(name, context, next) {
      if (name === "onnxruntime-node") throw new Error("libonnxruntime.so.1: cannot open shared object file");
      return next(name, context);
    }`;
    const register = `import { register } from "node:module";
      register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`)});`;
    const { code, stdout } = await runScript(
      `${imports}
      await ortNodeEngine().catch((error) => console.log(String(error)));`,
      { nodeOptions: ["--import", `data:text/javascript,${encodeURIComponent(register)}`] },
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^EngineError: ortNodeEngine: got no usable onnxruntime-node on .*cannot open shared.*; wanted .*; .*referenceEngine/,
    );
  });
});

const MEGABYTE = 2 ** 20;

/** In MB, of the process and of the engine's thread. */
interface Memory {
  readonly resident: number;
  readonly arrays: number;
  readonly heap: number;
  readonly threadArrays: number;
  readonly threadHeap: number;
  readonly sessions: number;
}

/** A training whose parameter, gradient, momentum and feed are half a megabyte each: what leaks once a step shows. */
const wide = `${importsOf({
  ortNodeEngine: "engines/ort-node/index.js",
  "input, matmul, mean, square, traceTraining": "index.js",
})}
const [w, x] = [input("w", [256, 512]), input("x", [512, 256])];
const group = {
  name: "all", optimizer: { kind: "sgd", momentum: 0.9, momentumForm: "classical", weightDecay: 0 },
  parameters: ["w"], groups: {}, learningRate: "rate", clipNorm: null,
};
const plan = { trained: [group], averages: [], assigned: [], blended: [] };
const product = matmul(x, w);
const loss = mean(square(product));
const training = traceTraining(loss, new Map([["w", w]]), { loss, product }, plan);
const array = (shape) => ({ dtype: "float32", shape, data: new Float32Array(shape[0] * shape[1]).fill(0.01) });
const initial = { w: array([256, 512]) };
const engine = await ortNodeEngine({ threads: 1 });
const session = await engine.train(training, initial);
const step = (on) => on.step({ x: array([512, 256]) }, { rate: 0.01 });`;

const ROUNDS = 3;

/** @returns memory before the first round of repetitions and after each, garbage collected */
async function memoryOf(body: string, repetitions: number, warmUp: number): Promise<Memory[]> {
  const { stdout, stderr, code } = await runScript(
    `${wide}
    const measure = async () => {
      let usage;
      for (let i = 0; i < 3; i++) { gc(); usage = await engine.usage(); }
      const { rss, arrayBuffers, heapUsed } = process.memoryUsage();
      return {
        resident: rss / ${MEGABYTE}, arrays: arrayBuffers / ${MEGABYTE}, heap: heapUsed / ${MEGABYTE},
        threadArrays: usage.arrayBytes / ${MEGABYTE}, threadHeap: usage.heapBytes / ${MEGABYTE},
        sessions: usage.sessions,
      };
    };
    const repeat = async (count) => { for (let i = 0; i < count; i++) { ${body} } };
    await repeat(${warmUp});
    const series = [await measure()];
    for (let round = 0; round < ${ROUNDS}; round++) {
      await repeat(${repetitions});
      series.push(await measure());
    }
    console.log(JSON.stringify(series));`,
    { nodeOptions: ["--expose-gc"] },
  );
  if (code !== 0) throw new Error(`the process ended with ${code}: ${stderr}`);
  return JSON.parse(stdout);
}

// What is counted must not grow at all. What is resident moves by up to 50 MB with the allocators' moods, but not in every
// round; an array left behind per repetition would add 50 to 100 MB to each, a session per repetition more than 80.
describe("memory stays flat", () => {
  it.each([
    {
      name: "200 training steps",
      body: "await step(session);",
      repetitions: 200,
      warmUp: 200,
      allowedMb: 32,
    },
    {
      name: "100 snapshots and restores",
      body: "await session.restore(await session.snapshot());",
      repetitions: 100,
      warmUp: 100,
      allowedMb: 32,
    },
    {
      name: "40 sessions made and disposed of",
      body: `const other = await engine.train(training, initial);
        await step(other);
        await other[Symbol.asyncDispose]();`,
      repetitions: 40,
      warmUp: 20,
      allowedMb: 40,
    },
  ])("over $name", async ({ body, repetitions, warmUp, allowedMb }) => {
    const series = await memoryOf(body, repetitions, warmUp);
    const [before, after] = [series[0]!, series.at(-1)!];
    expect(after.sessions, "live sessions").toBe(1);
    for (const kind of ["arrays", "heap", "threadArrays", "threadHeap"] as const) {
      expect(after[kind] - before[kind], `${kind}, MB`).toBeLessThan(1);
    }
    const growth = series.slice(1).map(({ resident }, round) => resident - series[round]!.resident);
    expect(Math.min(...growth), `resident, MB per round: ${growth}`).toBeLessThan(allowedMb);
  });
});
