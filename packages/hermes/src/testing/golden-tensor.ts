import type { HostArray } from "@hermes-us/tensor";

/** How a golden file names an input that it does not store: shape, low, high. */
export type GoldenRange = readonly [shape: readonly number[], low: number, high: number];

/** FNV-1a, 32 bits, of the UTF-8 bytes: Fowler, Noll & Vo, https://datatracker.ietf.org/doc/html/rfc9923. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** @returns the mulberry32 stream that `name` seeds: numbers in [0, 1) */
export function goldenUniforms(name: string): () => number {
  let state = fnv1a(name);
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @returns the input that both sides of a golden comparison make from its name alone */
export function goldenTensor(name: string, [shape, low, high]: GoldenRange): HostArray {
  const uniform = goldenUniforms(name);
  const size = shape.reduce((product, extent) => product * extent, 1);
  const data = new Float32Array(size);
  for (let i = 0; i < size; i++) data[i] = low + (high - low) * uniform();
  return { dtype: "float32", shape, data };
}
