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

interface Memory {
  readonly rss: number;
  readonly external: number;
  readonly arrayBuffers: number;
  readonly heapUsed: number;
}

/** @returns memory after the first and after the last repetition, garbage collected */
async function memoryOf(body: string, repetitions: number, warmUp: number): Promise<[Memory, Memory]> {
  const { stdout, stderr, code } = await runScript(
    `${trained}
    const measure = async () => {
      for (let i = 0; i < 4; i++) { gc(); await new Promise((resolve) => setTimeout(resolve, 20)); }
      return process.memoryUsage();
    };
    const repeat = async (count) => { for (let i = 0; i < count; i++) { ${body} } };
    await repeat(${warmUp});
    const before = await measure();
    await repeat(${repetitions});
    const after = await measure();
    console.log(JSON.stringify([before, after, await engine.liveSessions()]));`,
    { nodeOptions: ["--expose-gc"] },
  );
  if (code !== 0) throw new Error(`the process ended with ${code}: ${stderr}`);
  const [before, after, live] = JSON.parse(stdout);
  expect(live, "live sessions").toBe(1);
  return [before, after];
}

describe("memory stays flat", () => {
  it.each([
    ["200 training steps", "await session.step(feeds(i), numbers(i));", 200, 100],
    ["60 snapshots and restores", "await session.restore(await session.snapshot());", 60, 30],
    [
      "100 sessions made and disposed of",
      "const other = await engine.train(training, initial); await other.step(feeds(i), numbers(i)); await other[Symbol.asyncDispose]();",
      100,
      50,
    ],
  ])("over %s", async (_name, body, repetitions, warmUp) => {
    const [before, after] = await memoryOf(body, repetitions, warmUp);
    const grown = (key: keyof Memory) => (after[key] - before[key]) / MEGABYTE;
    expect(grown("external"), "external, MB").toBeLessThan(1);
    expect(grown("arrayBuffers"), "array buffers, MB").toBeLessThan(1);
    expect(grown("heapUsed"), "heap, MB").toBeLessThan(1);
    expect(grown("rss"), "resident, MB").toBeLessThan(6);
  });
});
