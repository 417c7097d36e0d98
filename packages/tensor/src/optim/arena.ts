import type { Kernels } from "./kernels.js";
import { plainKernels } from "./plain-kernels.js";
import { simdArena } from "./simd/simd-arena.js";

/** Where float32 arrays live, and the kernels that compute on them fastest; they take arrays from elsewhere too. */
export interface Arena {
  /**
   * @returns a zeroed array, which lives as long as the arena
   * @throws RangeError when more is asked than the arena was made for
   */
  allocate(length: number): Float32Array;
  readonly kernels: Kernels;
}

/** Ordinary arrays and plain JavaScript: no limit, slower. */
export const heapArena: Arena = {
  allocate: (length) => new Float32Array(length),
  kernels: plainKernels,
};

/**
 * One block of memory for all arrays that a training session keeps, sized once. Where WebAssembly has no SIMD, may
 * not compile (content security policy) or cannot reserve as much (4 GB), arrays are ordinary ones.
 *
 * @param lengths of all arrays that will be allocated, in any order
 */
export function createArena(lengths: Iterable<number>): Arena {
  return simdArena(lengths) ?? heapArena;
}
