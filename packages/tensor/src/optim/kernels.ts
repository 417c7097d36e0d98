/**
 * The loops over all weights. `plainKernels` runs everywhere; an `Arena` may bring faster ones. Arrays of one call
 * have the same length; the first ones change, the last one (the gradient or source) does not.
 */
export interface Kernels {
  /** p -= rate * slope, where slope = gradientScale * g + decay * p. */
  descend(p: Float32Array, g: Float32Array, at: Descent): void;
  /** m = momentum * m + slope; p -= rate * (slopeShare * slope + directionShare * m). */
  descendWithMomentum(p: Float32Array, m: Float32Array, g: Float32Array, at: MomentumDescent): void;
  /**
   * p *= keep; m and v move towards slope and slope^2 by 1 - beta1 and 1 - beta2;
   * p -= rate * m / (rootScale * sqrt(v) + epsilon).
   */
  descendByMoments(
    p: Float32Array,
    m: Float32Array,
    v: Float32Array,
    g: Float32Array,
    at: MomentsDescent,
  ): void;
  /** target = decay * target + (1 - decay) * source; exactly the source for decay 0. */
  average(target: Float32Array, source: Float32Array, decay: number): void;
  scale(values: Float32Array, factor: number): void;
  /** @returns the sum in float64: finite exactly if every value is. */
  sumOfSquares(values: Float32Array): number;
}

export interface Descent {
  readonly rate: number;
  /** Times the parameter, added to the gradient. */
  readonly decay: number;
  /** Multiplies the gradient first: 1, or less to clip it. */
  readonly gradientScale: number;
}

export interface MomentumDescent extends Descent {
  readonly momentum: number;
  readonly slopeShare: number;
  readonly directionShare: number;
}

export interface MomentsDescent extends Descent {
  /** Multiplies the parameter first: decoupled weight decay. */
  readonly keep: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly rootScale: number;
  readonly epsilon: number;
}
