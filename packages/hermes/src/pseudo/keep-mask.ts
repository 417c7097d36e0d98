import {
  broadcastTo,
  cast,
  constant,
  logicalAnd,
  logicalNot,
  logicalOr,
  mean,
  reshape,
  type Shape,
  ShapeError,
  sum,
  type Tensor,
} from "@hermes-us/tensor";

/**
 * Which images [N] or pixels [N, H, W] are used: 1 = used, 0 = left out. A type of its own, so that a mask of the
 * opposite meaning, or a product of two masks, cannot be passed where this is wanted. Nothing flows back through it.
 */
export class KeepMask {
  /** @param kept bool, true = used */
  private constructor(private readonly kept: Tensor) {}

  /** @throws ShapeError unless the condition is bool */
  static where(condition: Tensor): KeepMask {
    if (condition.dtype !== "bool") {
      throw new ShapeError("keepWhere", condition.dtype, "bool", "compare the tensor: greater(x, 0)");
    }
    return new KeepMask(condition);
  }

  get shape(): Shape {
    return this.kept.shape;
  }

  /** @returns bool, true = used */
  toBool(): Tensor {
    return this.kept;
  }

  /** @returns float32, 1 = used, 0 = left out */
  toWeights(): Tensor {
    return cast(this.kept, "float32");
  }
}

/** Keeps what the bool `condition` is true for. */
export function keepWhere(condition: Tensor): KeepMask {
  return KeepMask.where(condition);
}

/** Keeps everything. */
export function keepAll(shape: Shape): KeepMask {
  return keepWhere(broadcastTo(constant(1, [], "bool"), shape));
}

/** Keeps what both keep. */
export function and(a: KeepMask, b: KeepMask): KeepMask {
  return keepWhere(logicalAnd(a.toBool(), b.toBool()));
}

/** Keeps what at least one keeps. */
export function or(a: KeepMask, b: KeepMask): KeepMask {
  return keepWhere(logicalOr(a.toBool(), b.toBool()));
}

/** Keeps what the other leaves out. */
export function not(mask: KeepMask): KeepMask {
  return keepWhere(logicalNot(mask.toBool()));
}

/** @returns how many are kept, a scalar */
export function countKept(mask: KeepMask): Tensor {
  return sum(mask.toWeights());
}

/** @returns the share that is kept, a scalar in [0, 1] */
export function keepRate(mask: KeepMask): Tensor {
  return mean(mask.toWeights());
}

/** Every pixel of the images that are kept: [N] to [N, H, W]. */
export function keepPixelsOf(images: KeepMask, shape: Shape): KeepMask {
  const [count] = images.shape;
  return keepWhere(broadcastTo(reshape(images.toBool(), [count!, 1, 1]), shape));
}
