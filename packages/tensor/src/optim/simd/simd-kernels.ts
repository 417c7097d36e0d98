import type { Descent, Kernels, MomentsDescent, MomentumDescent } from "../kernels.js";

/** What kernels.wat exports: addresses, then the bytes of each array (a multiple of 64), then scalars. */
export type KernelExports = {
  descend(p: number, g: number, bytes: number, rate: number, decay: number, scale: number): void;
  descendWithMomentum(
    p: number,
    m: number,
    g: number,
    bytes: number,
    rate: number,
    decay: number,
    scale: number,
    momentum: number,
    slopeShare: number,
    directionShare: number,
  ): void;
  descendByMoments(
    p: number,
    m: number,
    v: number,
    g: number,
    bytes: number,
    rate: number,
    decay: number,
    scale: number,
    keep: number,
    fresh1: number,
    beta2: number,
    fresh2: number,
    rootScale: number,
    epsilon: number,
  ): void;
  average(target: number, source: number, bytes: number, keepMask: number, share: number): void;
  scale(values: number, bytes: number, factor: number): void;
  sumOfSquares(values: number, stride: number, bytes: number): number;
};

/** One call of an export on operands at `addresses`, each `bytes` long. */
type Kernel = (addresses: readonly number[], bytes: number) => void;

/** A cache line in float32 numbers. Arrays in an arena begin at one, and kernels take whole lines. */
export const LINE_LENGTH = 16;
/** Numbers of an array from elsewhere that are copied in at a time: all operands stay in the first-level cache. */
const BLOCK_LENGTH = 2048;
const MOST_OPERANDS = 4;
/** Numbers at the start of the memory that the kernels keep for themselves. */
export const SCRATCH_LENGTH = MOST_OPERANDS * BLOCK_LENGTH;

/** WebAssembly kernels on one memory. Arrays that live elsewhere pass through its scratch space block by block. */
export class SimdKernels implements Kernels {
  readonly #scratch: readonly Float32Array[];

  /** @param buffer the exports' memory, with SCRATCH_LENGTH free numbers at its start */
  constructor(
    private readonly buffer: ArrayBuffer,
    private readonly exports: KernelExports,
  ) {
    this.#scratch = Array.from(
      { length: MOST_OPERANDS },
      (_, i) => new Float32Array(buffer, i * BLOCK_LENGTH * 4, BLOCK_LENGTH),
    );
  }

  descend(parameter: Float32Array, gradient: Float32Array, at: Descent): void {
    this.#run([parameter, gradient], 1, ([p, g], bytes) =>
      this.exports.descend(p!, g!, bytes, at.rate, at.decay, at.gradientScale),
    );
  }

  descendWithMomentum(
    parameter: Float32Array,
    direction: Float32Array,
    gradient: Float32Array,
    at: MomentumDescent,
  ): void {
    const { rate, decay, gradientScale, momentum, slopeShare, directionShare } = at;
    this.#run([parameter, direction, gradient], 2, ([p, m, g], bytes) =>
      this.exports.descendWithMomentum(
        p!,
        m!,
        g!,
        bytes,
        rate,
        decay,
        gradientScale,
        momentum,
        slopeShare,
        directionShare,
      ),
    );
  }

  descendByMoments(
    parameter: Float32Array,
    first: Float32Array,
    second: Float32Array,
    gradient: Float32Array,
    at: MomentsDescent,
  ): void {
    const { rate, decay, gradientScale, keep, beta1, beta2, rootScale, epsilon } = at;
    this.#run([parameter, first, second, gradient], 3, ([p, m, v, g], bytes) =>
      this.exports.descendByMoments(
        p!,
        m!,
        v!,
        g!,
        bytes,
        rate,
        decay,
        gradientScale,
        keep,
        1 - beta1,
        beta2,
        1 - beta2,
        rootScale,
        epsilon,
      ),
    );
  }

  /** Steps from the nearer end, so that 0 gives the source exactly and rounding never moves a constant. */
  average(target: Float32Array, source: Float32Array, decay: number): void {
    const [keepMask, share] = decay < 0.5 ? [0, -decay] : [-1, 1 - decay];
    this.#run([target, source], 1, ([a, s], bytes) => this.exports.average(a!, s!, bytes, keepMask, share));
  }

  scale(values: Float32Array, factor: number): void {
    this.#run([values], 1, ([v], bytes) => this.exports.scale(v!, bytes, factor));
  }

  sumOfSquares(values: Float32Array): number {
    let sum = 0;
    this.#run([values], 0, ([v], bytes) => {
      sum += this.exports.sumOfSquares(v!, bytes / 4, bytes / 4);
    });
    return sum;
  }

  /**
   * Calls the kernel with the addresses of all operands, piece by piece.
   * @param changed how many of the first operands the kernel changes
   */
  #run(operands: readonly Float32Array[], changed: number, kernel: Kernel): void {
    const { length } = operands[0]!;
    let begin = 0;
    if (operands.every((operand) => operand.buffer === this.buffer)) {
      begin = length - (length % LINE_LENGTH);
      const addresses = operands.map((operand) => operand.byteOffset);
      if (begin > 0) kernel(addresses, begin * 4);
    }
    if (begin < length) this.#runBlocks(operands, changed, kernel, begin);
  }

  /** Elements from `first` on: what is elsewhere, or not a whole number of lines, is copied in and back. */
  #runBlocks(operands: readonly Float32Array[], changed: number, kernel: Kernel, first: number): void {
    const elsewhere = operands.map((operand) => operand.buffer !== this.buffer);
    const addresses = operands.map(() => 0);
    const { length } = operands[0]!;
    for (let begin = first; begin < length; begin += BLOCK_LENGTH) {
      const count = Math.min(BLOCK_LENGTH, length - begin);
      const padded = Math.ceil(count / LINE_LENGTH) * LINE_LENGTH;
      for (let i = 0; i < operands.length; i++) {
        const operand = operands[i]!;
        if (elsewhere[i] === true || padded !== count) {
          const scratch = this.#scratch[i]!;
          scratch.set(operand.subarray(begin, begin + count));
          if (padded !== count) scratch.fill(0, count, padded);
          addresses[i] = scratch.byteOffset;
        } else addresses[i] = operand.byteOffset + begin * 4;
      }
      kernel(addresses, padded * 4);
      for (let i = 0; i < changed; i++) {
        if (elsewhere[i] === true || padded !== count) {
          operands[i]!.set(this.#scratch[i]!.subarray(0, count), begin);
        }
      }
    }
  }
}
