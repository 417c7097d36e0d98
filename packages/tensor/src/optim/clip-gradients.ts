import { TensorError } from "../errors.js";
import type { Kernels } from "./kernels.js";
import { plainKernels } from "./plain-kernels.js";

/** The values of one gradient that are NaN or infinite. */
export interface NonFiniteGradient {
  readonly name: string;
  readonly count: number;
  readonly firstIndex: number;
  readonly firstValue: number;
}

/** Gradients that hold NaN or infinity: stepping with them would destroy the weights. */
export class NonFiniteGradientError extends TensorError {
  override readonly name = "NonFiniteGradientError";

  constructor(readonly gradients: readonly NonFiniteGradient[]) {
    super(
      "gradients",
      gradients.map(describe).join("; "),
      "finite numbers",
      "lower the learning rate, clip the gradients, or check the inputs and the loss named last before this step",
    );
  }
}

/** PyTorch's guard against division by zero in clip_grad_norm_. */
const NORM_EPSILON = 1e-6;

/**
 * One pass computes the norm and finds bad values: squares of float32 numbers never overflow a float64 sum, so
 * the sum is finite exactly if every gradient is.
 *
 * @returns the L2 norm over all gradients together, accumulated in float64.
 * @throws NonFiniteGradientError naming each parameter with NaN or infinity in its gradient.
 */
export function gradientNorm(
  gradients: ReadonlyMap<string, Float32Array>,
  kernels: Kernels = plainKernels,
): number {
  let sum = 0;
  for (const gradient of gradients.values()) sum += kernels.sumOfSquares(gradient);
  if (!Number.isFinite(sum)) throw new NonFiniteGradientError(findNonFinite(gradients));
  return Math.sqrt(sum);
}

/** @returns what clipping multiplies gradients of this norm by: maxNorm / (norm + 1e-6), at most 1. */
export function clipScale(norm: number, maxNorm: number): number {
  if (!(maxNorm > 0)) {
    throw new RangeError(`clipGradients: got maxNorm ${maxNorm}; wanted a number above 0.`);
  }
  return Math.min(1, maxNorm / (norm + NORM_EPSILON));
}

/**
 * Scales all gradients in place by `clipScale` (torch.nn.utils.clip_grad_norm_). Where an optimiser takes the
 * scale, that saves this pass.
 *
 * @returns the norm before clipping.
 * @throws NonFiniteGradientError before anything is changed.
 */
export function clipGradients(
  gradients: ReadonlyMap<string, Float32Array>,
  maxNorm: number,
  kernels: Kernels = plainKernels,
): number {
  clipScale(0, maxNorm);
  const norm = gradientNorm(gradients, kernels);
  const scale = clipScale(norm, maxNorm);
  if (scale < 1) for (const gradient of gradients.values()) kernels.scale(gradient, scale);
  return norm;
}

function findNonFinite(gradients: ReadonlyMap<string, Float32Array>): NonFiniteGradient[] {
  const found: NonFiniteGradient[] = [];
  for (const [name, gradient] of gradients) {
    const firstIndex = gradient.findIndex((value) => !Number.isFinite(value));
    if (firstIndex < 0) continue;
    const count = gradient.reduce((sum, value) => (Number.isFinite(value) ? sum : sum + 1), 0);
    found.push({ name, count, firstIndex, firstValue: gradient[firstIndex]! });
  }
  return found;
}

function describe({ name, count, firstIndex, firstValue }: NonFiniteGradient): string {
  return `${count} non-finite in "${name}" (first ${firstValue} at index ${firstIndex})`;
}
