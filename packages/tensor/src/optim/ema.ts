import { TensorError } from "../errors.js";
import type { Kernels } from "./kernels.js";
import { plainKernels } from "./plain-kernels.js";

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
 * @param kernels those of the arena where the arrays live.
 */
export function emaUpdate(
  average: ReadonlyMap<string, Float32Array>,
  source: ReadonlyMap<string, Float32Array>,
  decay: number,
  kernels: Kernels = plainKernels,
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
  for (const [name, target] of average) kernels.average(target, source.get(name)!, decay);
}

/** @returns min(1 - 1 / (step + 1), maximum): the first average (step 0) is the source itself. */
export function warmedUpDecay(step: number, maximum: number): number {
  return Math.min(1 - 1 / (step + 1), maximum);
}
