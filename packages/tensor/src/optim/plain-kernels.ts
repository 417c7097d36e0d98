import type { Descent, Kernels, MomentsDescent, MomentumDescent } from "./kernels.js";
import { BLOCK_LENGTH, readAhead } from "./read-ahead.js";

/*
 * One pass each, all operands in locals. Arithmetic is in float64 and rounds when stored: the conversions bound the
 * speed, and Math.fround on every operation doubles or triples their number in V8.
 */

/** JavaScript, for arrays anywhere. */
export const plainKernels: Kernels = {
  descend,
  descendWithMomentum,
  descendByMoments,
  average,
  scale,
  sumOfSquares,
};

function descend(p: Float32Array, g: Float32Array, { rate, decay, gradientScale }: Descent): void {
  const length = p.length;
  for (let i = 0; i < length; i++) {
    const x = p[i]!;
    p[i] = x - rate * (gradientScale * g[i]! + decay * x);
  }
}

/** Four elements a turn gain a tenth. */
function descendWithMomentum(
  p: Float32Array,
  m: Float32Array,
  g: Float32Array,
  { rate, decay, gradientScale, momentum, slopeShare, directionShare }: MomentumDescent,
): void {
  const length = p.length;
  const slopeRate = rate * slopeShare;
  const directionRate = rate * directionShare;
  let i = 0;
  for (; i < length - 3; i += 4) {
    const x0 = p[i]!;
    const x1 = p[i + 1]!;
    const x2 = p[i + 2]!;
    const x3 = p[i + 3]!;
    const s0 = gradientScale * g[i]! + decay * x0;
    const s1 = gradientScale * g[i + 1]! + decay * x1;
    const s2 = gradientScale * g[i + 2]! + decay * x2;
    const s3 = gradientScale * g[i + 3]! + decay * x3;
    const m0 = momentum * m[i]! + s0;
    const m1 = momentum * m[i + 1]! + s1;
    const m2 = momentum * m[i + 2]! + s2;
    const m3 = momentum * m[i + 3]! + s3;
    m[i] = m0;
    m[i + 1] = m1;
    m[i + 2] = m2;
    m[i + 3] = m3;
    p[i] = x0 - slopeRate * s0 - directionRate * m0;
    p[i + 1] = x1 - slopeRate * s1 - directionRate * m1;
    p[i + 2] = x2 - slopeRate * s2 - directionRate * m2;
    p[i + 3] = x3 - slopeRate * s3 - directionRate * m3;
  }
  for (; i < length; i++) {
    const x = p[i]!;
    const slope = gradientScale * g[i]! + decay * x;
    const direction = momentum * m[i]! + slope;
    m[i] = direction;
    p[i] = x - slopeRate * slope - directionRate * direction;
  }
}

function descendByMoments(
  p: Float32Array,
  m: Float32Array,
  v: Float32Array,
  g: Float32Array,
  { rate, decay, gradientScale, keep, beta1, beta2, rootScale, epsilon }: MomentsDescent,
): void {
  const length = p.length;
  const fresh1 = 1 - beta1;
  const fresh2 = 1 - beta2;
  for (let i = 0; i < length; i++) {
    const x = keep * p[i]!;
    const slope = gradientScale * g[i]! + decay * x;
    const first = beta1 * m[i]! + fresh1 * slope;
    const second = beta2 * v[i]! + fresh2 * slope * slope;
    m[i] = first;
    v[i] = second;
    p[i] = x - (rate * first) / (Math.sqrt(second) * rootScale + epsilon);
  }
}

function average(target: Float32Array, source: Float32Array, decay: number): void {
  const length = target.length;
  for (let begin = 0; begin < length; begin += BLOCK_LENGTH) {
    const end = Math.min(begin + BLOCK_LENGTH, length);
    readAhead(target, begin, end);
    readAhead(source, begin, end);
    averageBlock(target, source, decay, begin, end);
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

function scale(values: Float32Array, factor: number): void {
  for (let begin = 0; begin < values.length; begin += BLOCK_LENGTH) {
    const end = Math.min(begin + BLOCK_LENGTH, values.length);
    readAhead(values, begin, end);
    for (let i = begin; i < end; i++) values[i] = values[i]! * factor;
  }
}

/** Squares of float32 numbers never overflow a float64 sum. */
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
