import { ShapeError } from "../errors.js";
import { formatType, normalizeAxes } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, divide, multiply, subtract } from "./arithmetic.js";
import { sqrt, square } from "./elementwise.js";
import { mean } from "./reduce.js";
import { reshape } from "./reshape.js";

/** Learnt scale and shift; both or none. */
export interface Affine {
  readonly gamma: Tensor;
  readonly beta: Tensor;
}

export interface NormOptions {
  readonly affine?: Affine;
  /** Added to the variance. */
  readonly epsilon?: number;
}

const EPSILON = 1e-5;

/** (x - mean) / sqrt(variance + epsilon), both over `axes`; the variance is the biased one. */
export function standardize(x: Tensor, axes: readonly number[], epsilon = EPSILON): Tensor {
  const centred = subtract(x, mean(x, { axes, keep: "axes" }));
  const variance = mean(square(centred), { axes, keep: "axes" });
  return divide(centred, sqrt(add(variance, epsilon)));
}

function perChannel(name: string, x: Tensor, { gamma, beta }: Affine): readonly [Tensor, Tensor] {
  const channels = x.shape[1]!;
  for (const [label, vector] of [
    ["gamma", gamma],
    ["beta", beta],
  ] as const) {
    if (vector.rank !== 1 || vector.shape[0] !== channels) {
      throw new ShapeError(
        name,
        `${label} ${formatType(vector)}`,
        `[${channels}], one per channel`,
        "correct its shape",
      );
    }
  }
  const shape = [channels, ...new Array<number>(x.rank - 2).fill(1)];
  return [reshape(gamma, shape), reshape(beta, shape)];
}

/**
 * Each channel of each image standardised over its pixels.
 * @param x [N, C, ...]
 * @param options affine gamma and beta [C]
 */
export function instanceNorm(x: Tensor, { affine, epsilon }: NormOptions = {}): Tensor {
  if (x.rank < 3)
    throw new ShapeError("instanceNorm", formatType(x), "[N, C, ...] with pixels", "reshape it");
  const y = standardize(
    x,
    x.shape.slice(2).map((_, i) => i + 2),
    epsilon,
  );
  if (affine === undefined) return y;
  const [gamma, beta] = perChannel("instanceNorm", x, affine);
  return add(multiply(y, gamma), beta);
}

/**
 * Each group of channels of each image standardised over channels and pixels.
 * Wu & He, ECCV 2018, https://arxiv.org/abs/1803.08494
 * @param x [N, C, ...]
 * @param groups a divisor of C
 * @param options affine gamma and beta [C]
 */
export function groupNorm(x: Tensor, groups: number, { affine, epsilon }: NormOptions = {}): Tensor {
  const channels = x.shape[1];
  if (channels === undefined || !Number.isInteger(groups) || groups < 1 || channels % groups !== 0) {
    throw new ShapeError(
      "groupNorm",
      `${formatType(x)} in ${groups} groups`,
      "[N, C, ...] with C a multiple of groups",
      "correct the groups",
    );
  }
  const y = reshape(standardize(reshape(x, [x.shape[0]!, groups, -1]), [2], epsilon), x.shape);
  if (affine === undefined) return y;
  const [gamma, beta] = perChannel("groupNorm", x, affine);
  return add(multiply(y, gamma), beta);
}

/**
 * Standardised over trailing axes, as torch.nn.LayerNorm.
 * @param x [..., D]
 * @param options axes, the last where none are given; affine gamma and beta that stretch to x, [D]
 */
export function layerNorm(
  x: Tensor,
  { axes = [-1], affine, epsilon }: NormOptions & { readonly axes?: readonly number[] } = {},
): Tensor {
  const y = standardize(x, normalizeAxes("layerNorm", axes, x.rank), epsilon);
  return affine === undefined ? y : add(multiply(y, affine.gamma), affine.beta);
}
