import { afterEach, describe, expect, it, vi } from "vitest";
import { createArena, heapArena } from "./arena.js";
import { plainKernels } from "./plain-kernels.js";

afterEach(() => vi.unstubAllGlobals());

describe("createArena", () => {
  it("gives zeroed arrays that do not overlap, each at the start of a cache line", () => {
    const lengths = [1, 17, 0, 16, 5000];
    const arena = createArena(lengths);
    const arrays = lengths.map((length) => arena.allocate(length));
    expect(arrays.map(({ length }) => length)).toEqual(lengths);
    expect(arrays.every((array) => array.every((value) => value === 0))).toBe(true);
    expect(new Set(arrays.map(({ buffer }) => buffer)).size).toBe(1);
    expect(arrays.every(({ byteOffset }) => byteOffset % 64 === 0)).toBe(true);
    arrays.forEach((array, i) => {
      array.fill(i + 1);
    });
    expect(arrays.every((array, i) => array.every((value) => value === i + 1))).toBe(true);
  });

  it("leaves its arrays alone when kernels copy others through their own space", () => {
    const arena = createArena([32]);
    const kept = arena.allocate(32).fill(3);
    arena.kernels.scale(new Float32Array(10_000).fill(1), 2);
    expect(kept).toEqual(new Float32Array(32).fill(3));
  });

  it("refuses more than it was made for", () => {
    const arena = createArena([10]);
    arena.allocate(10);
    expect(() => arena.allocate(100_000)).toThrow(/arena: got 100000 numbers; wanted at most/);
  });

  it.each<[string, () => void]>([
    ["without WebAssembly", () => vi.stubGlobal("WebAssembly", undefined)],
    [
      "where a page may not compile it",
      () => {
        const refused = class extends WebAssembly.Module {
          constructor() {
            super(new Uint8Array());
          }
        };
        vi.stubGlobal("WebAssembly", {
          Module: refused,
          Memory: WebAssembly.Memory,
          CompileError: WebAssembly.CompileError,
        });
      },
    ],
  ])("computes in plain JavaScript %s", (_, stub) => {
    expect(createArena([3]).kernels).not.toBe(plainKernels);
    stub();
    const arena = createArena([3]);
    expect(arena).toBe(heapArena);
    expect(arena.allocate(3)).toEqual(new Float32Array(3));
  });

  it("computes in plain JavaScript beyond 4 GB", () => {
    expect(createArena([2 ** 30, 2 ** 30])).toBe(heapArena);
  });
});
