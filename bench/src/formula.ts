const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * The numbers of a fixture's tensor: mulberry32 from the FNV-1a hash of its name, uniform in [low, high), rounded to
 * float32. `fixtures/networks/generate.py` makes the same ones.
 */
export function formula(name: string, length: number, low: number, high: number): Float32Array<ArrayBuffer> {
  let state = FNV_OFFSET;
  for (const byte of new TextEncoder().encode(name)) state = Math.imul(state ^ byte, FNV_PRIME) >>> 0;
  return Float32Array.from({ length }, () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return low + (high - low) * (((t ^ (t >>> 14)) >>> 0) / 2 ** 32);
  });
}
