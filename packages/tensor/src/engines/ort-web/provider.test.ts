import { describe, expect, it } from "vitest";
import { EngineError } from "../../errors.js";
import { availableWebProviders, checkWebProvider, type WebEnvironment, webThreads } from "./provider.js";

const plain: WebEnvironment = { webAssembly: {}, gpu: null, isolation: "shared", cores: 8 };
const adapter = (result: Promise<object | null>): WebEnvironment["gpu"] => ({ requestAdapter: () => result });

describe("the providers of a browser", () => {
  it.each<[string, () => WebEnvironment, string[]]>([
    ["without WebGPU", () => plain, ["wasm"]],
    ["with WebGPU", () => ({ ...plain, gpu: adapter(Promise.resolve({})) }), ["wasm", "webgpu"]],
    ["with WebGPU and no GPU", () => ({ ...plain, gpu: adapter(Promise.resolve(null)) }), ["wasm"]],
    ["whose GPU fails", () => ({ ...plain, gpu: adapter(Promise.reject(new Error("lost"))) }), ["wasm"]],
    ["without WebAssembly", () => ({ ...plain, webAssembly: null }), []],
  ])("%s", async (_name, environment, providers) => {
    expect(await availableWebProviders(environment())).toEqual(providers);
  });

  it("are named where another is asked for", async () => {
    await expect(checkWebProvider("wasm", plain)).resolves.toBeUndefined();
    await expect(checkWebProvider("webgpu", plain)).rejects.toThrow(EngineError);
    await expect(checkWebProvider("webgpu", plain)).rejects.toThrow(
      /got provider webgpu; wanted one of wasm;/,
    );
    await expect(checkWebProvider("webgl", plain)).rejects.toThrow(/got provider webgl/);
    await expect(checkWebProvider("wasm", { ...plain, webAssembly: null })).rejects.toThrow(
      /wanted a browser with WebAssembly/,
    );
  });
});

describe("the threads of a page", () => {
  const isolated: WebEnvironment = { ...plain, isolation: "isolated" };

  it.each<[number | undefined, WebEnvironment, number]>([
    [undefined, plain, 1],
    [undefined, isolated, 8],
    [1, plain, 1],
    [4, isolated, 4],
  ])("%s asked for of %o are %i", (wanted, environment, threads) => {
    expect(webThreads(wanted, environment)).toBe(threads);
  });

  it.each<[number, WebEnvironment, RegExp]>([
    [2, plain, /not cross-origin isolated.*Cross-Origin-Opener-Policy: same-origin/],
    [0, isolated, /threads 0; wanted an integer of at least 1/],
    [1.5, isolated, /threads 1.5/],
  ])("%s are refused on %o", (wanted, environment, message) => {
    expect(() => webThreads(wanted, environment)).toThrow(EngineError);
    expect(() => webThreads(wanted, environment)).toThrow(message);
  });
});
