import { TensorError } from "../errors.js";
import { BLOCK_LENGTH, readAhead } from "./read-ahead.js";

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
export function gradientNorm(gradients: ReadonlyMap<string, Float32Array>): number {
  let sum = 0;
  for (const gradient of gradients.values()) sum += sumOfSquares(gradient);
  if (!Number.isFinite(sum)) throw new NonFiniteGradientError(findNonFinite(gradients));
  return Math.sqrt(sum);
}

/**
 * Scales all gradients in place by maxNorm / (norm + 1e-6) if that is below 1 (torch.nn.utils.clip_grad_norm_).
 *
 * @returns the norm before clipping.
 * @throws NonFiniteGradientError before anything is changed.
 */
export function clipGradients(gradients: ReadonlyMap<string, Float32Array>, maxNorm: number): number {
  if (!(maxNorm > 0)) {
    throw new RangeError(`clipGradients: got maxNorm ${maxNorm}; wanted a number above 0.`);
  }
  const norm = gradientNorm(gradients);
  const scale = maxNorm / (norm + NORM_EPSILON);
  if (scale < 1) for (const gradient of gradients.values()) scaleInPlace(gradient, scale);
  return norm;
}

function sumOfSquares(values: Float32Array): number {
  let sum = 0;
  for (let begin = 0; begin < values.length; begin += BLOCK_LENGTH) {
    const end = Math.min(begin + BLOCK_LENGTH, values.length);
    readAhead(values, begin, end);
    sum += blockSumOfSquares(values, begin, end);
  }
  return sum;
}

/** Elements begin .. end - 1 in four sums, so that no addition waits for the one before. */
function blockSumOfSquares(values: Float32Array, begin: number, end: number): number {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  let i = begin;
  for (; i < end - 3; i += 4) {
    const v0 = values[i]!;
    const v1 = values[i + 1]!;
    const v2 = values[i + 2]!;
    const v3 = values[i + 3]!;
    sum0 += v0 * v0;
    sum1 += v1 * v1;
    sum2 += v2 * v2;
    sum3 += v3 * v3;
  }
  for (; i < end; i++) sum0 += values[i]! * values[i]!;
  return sum0 + sum1 + (sum2 + sum3);
}

function scaleInPlace(values: Float32Array, scale: number): void {
  for (let begin = 0; begin < values.length; begin += BLOCK_LENGTH) {
    const end = Math.min(begin + BLOCK_LENGTH, values.length);
    readAhead(values, begin, end);
    for (let i = begin; i < end; i++) values[i] = values[i]! * scale;
  }
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
