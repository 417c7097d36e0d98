import type { DType } from "../dtype.js";
import type { Attributes } from "../op.js";
import { sizeOf } from "../shape.js";

/** One input of a checker's case. */
export interface SampleTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** One case for the checkers: inputs and attributes that an op takes. */
export interface SampleCase<A extends Attributes = Attributes> {
  readonly inputs: readonly SampleTensor[];
  readonly attributes: A;
}

/** Deterministic inputs that keep away from kinks; each call differs by its `salt`. */
export class SampleMaker {
  #state: number;

  constructor(salt: number) {
    this.#state = salt >>> 0;
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Uniform in [low, high], rounded to float32 so that every engine sees the same numbers. */
  uniform(shape: readonly number[], low = -1, high = 1): SampleTensor {
    return this.#fill("float32", shape, () => Math.fround(low + (high - low) * this.#next()));
  }

  /** Uniform in [-1, 1] but at least `margin` from each of `points`. */
  awayFrom(shape: readonly number[], points: readonly number[], margin = 0.05): SampleTensor {
    return this.#fill("float32", shape, () => {
      for (;;) {
        const value = Math.fround(2 * this.#next() - 1);
        if (points.every((point) => Math.abs(value - point) > margin)) return value;
      }
    });
  }

  /** A shuffled arithmetic sequence: no two values are closer than `gap`, for max, sort and pooling. */
  distinct(shape: readonly number[], gap = 0.03): SampleTensor {
    const length = sizeOf(shape);
    const values = Float64Array.from({ length }, (_, i) => Math.fround((i - length / 2) * gap));
    for (let i = length - 1; i > 0; i--) {
      const j = Math.floor(this.#next() * (i + 1));
      const held = values[i]!;
      values[i] = values[j]!;
      values[j] = held;
    }
    return { dtype: "float32", shape, data: values };
  }

  /** Integers in [0, bound). */
  integers(shape: readonly number[], bound: number): SampleTensor {
    return this.#fill("int32", shape, () => Math.floor(this.#next() * bound));
  }

  bools(shape: readonly number[]): SampleTensor {
    return this.#fill("bool", shape, () => (this.#next() > 0.5 ? 1 : 0));
  }

  #fill(dtype: DType, shape: readonly number[], draw: () => number): SampleTensor {
    return { dtype, shape, data: Float64Array.from({ length: sizeOf(shape) }, draw) };
  }
}
