import type { Kernels } from "../kernels.js";
import { kernelsBase64 } from "./kernels.generated.js";
import { type KernelExports, LINE_LENGTH, SCRATCH_LENGTH, SimdKernels } from "./simd-kernels.js";

const PAGE_BYTES = 65536;
/** One less than WebAssembly allows, so that addresses behind the last array do not wrap around to 0. */
const MAX_PAGES = 65535;

/**
 * Arrays in one WebAssembly memory, which never grows: growing would detach them.
 *
 * @param lengths of all arrays that will be allocated
 * @returns null where this machine or this page does not allow it
 */
export function simdArena(lengths: Iterable<number>): SimdArena | null {
  let bytes = SCRATCH_LENGTH * 4;
  for (const length of lengths) bytes += paddedBytes(length);
  const pages = Math.ceil(bytes / PAGE_BYTES);
  if (typeof WebAssembly === "undefined" || pages > MAX_PAGES) return null;
  try {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const code = Uint8Array.from(atob(kernelsBase64), (character) => character.charCodeAt(0));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { arena: { memory } });
    return new SimdArena(memory, exports as KernelExports);
  } catch (error) {
    if (error instanceof WebAssembly.CompileError || error instanceof RangeError) return null;
    throw error;
  }
}

/** Whole cache lines, so that every array begins at one. */
function paddedBytes(length: number): number {
  return Math.ceil(length / LINE_LENGTH) * LINE_LENGTH * 4;
}

class SimdArena {
  readonly kernels: Kernels;
  #usedBytes = SCRATCH_LENGTH * 4;

  constructor(
    private readonly memory: WebAssembly.Memory,
    exports: KernelExports,
  ) {
    this.kernels = new SimdKernels(memory.buffer, exports);
  }

  allocate(length: number): Float32Array {
    const begin = this.#usedBytes;
    const end = begin + paddedBytes(length);
    if (end > this.memory.buffer.byteLength) {
      throw new RangeError(
        `arena: got ${length} numbers; wanted at most ${(this.memory.buffer.byteLength - begin) / 4}; name all arrays when creating it.`,
      );
    }
    this.#usedBytes = end;
    return new Float32Array(this.memory.buffer, begin, length);
  }
}
