/** One optimiser's arithmetic on one parameter; `createOptimizer` gives it names, groups and state. */
export interface UpdateRule {
  /** Names of the arrays kept per parameter, each as long as the parameter and zero at first. */
  readonly slots: readonly string[];
  /** The coefficient that `ParameterGroup.weightDecay` applies or excludes. */
  readonly weightDecay: number;
  /** Changes `parameter` and its slots in place. */
  update(
    parameter: Float32Array,
    gradient: Float32Array,
    slots: readonly Float32Array[],
    at: UpdatePoint,
  ): void;
}

export interface UpdatePoint {
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Number of this update; the first is 1. */
  readonly step: number;
}
