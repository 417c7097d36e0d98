import type { Descent, Kernels } from "./kernels.js";

/** One optimiser's arithmetic on one parameter; `createOptimizer` gives it names, groups and state. */
export interface UpdateRule {
  /** Names of the arrays kept per parameter, each as long as the parameter and zero at first. */
  readonly slots: readonly string[];
  /** The coefficient that `ParameterGroup.weightDecay` applies or excludes. */
  readonly weightDecay: number;
  /** Changes `parameter` and its slots in place. */
  update(
    kernels: Kernels,
    parameter: Float32Array,
    gradient: Float32Array,
    slots: readonly Float32Array[],
    at: UpdatePoint,
  ): void;
}

/** The learning rate, weight decay and gradient scale of one parameter in one step. */
export interface UpdatePoint extends Descent {
  /** Number of this update; the first is 1. */
  readonly step: number;
}
