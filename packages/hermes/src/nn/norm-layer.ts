import { batchNorm, batchNormBy, constant, multiply, reshape, type Tensor } from "@hermes-us/tensor";
import type { Scope } from "./scope.js";

/** PyTorch's default, which all public checkpoints named in this project were trained with. */
export const BATCH_NORM_EPSILON = 1e-5;

/**
 * Batch normalisation, Ioffe & Szegedy 2015, arXiv 1502.03167, with PyTorch's names: `weight`, `bias`,
 * `running_mean`, `running_var` (which observes the unbiased variance).
 * @param x [N, C, H, W] or [N, C]
 * @returns the shape of x
 */
export function batchNormLayer(scope: Scope, x: Tensor): Tensor {
  const channels = x.shape[1]!;
  return normalise(scope, x, {
    gamma: scope.parameter("weight", [channels], { kind: "constant", value: 1 }),
    beta: scope.parameter("bias", [channels], { kind: "constant", value: 0 }),
  });
}

/**
 * Batch normalisation without learned scale and shift, for measures that enter a linear layer next.
 * @param x [N, C, H, W] or [N, C]
 * @returns the shape of x
 */
export function standardizeLayer(scope: Scope, x: Tensor): Tensor {
  const channels = x.shape[1]!;
  const all = (value: number): Tensor => constant(new Float64Array(channels).fill(value), [channels]);
  return normalise(scope, x, { gamma: all(1), beta: all(0) });
}

function normalise(
  scope: Scope,
  x: Tensor,
  { gamma, beta }: { readonly gamma: Tensor; readonly beta: Tensor },
): Tensor {
  if (x.rank === 2) {
    return reshape(normalise(scope, reshape(x, [...x.shape, 1, 1]), { gamma, beta }), x.shape);
  }
  const channels = x.shape[1]!;
  if (scope.mode === "evaluate") {
    const mean = scope.buffer("running_mean", [channels], 0);
    const variance = scope.buffer("running_var", [channels], 1);
    return batchNormBy(x, { gamma, beta, mean, variance }, { epsilon: BATCH_NORM_EPSILON });
  }
  const { y, mean, variance } = batchNorm(x, gamma, beta, { epsilon: BATCH_NORM_EPSILON });
  if (scope.mode === "train-unlabelled") return y;
  const count = x.shape[0]! * x.shape[2]! * x.shape[3]!;
  scope.observe("running_mean", [channels], 0, mean);
  scope.observe("running_var", [channels], 1, multiply(variance, count / Math.max(count - 1, 1)));
  return y;
}
