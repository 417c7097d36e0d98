import {
  cast,
  concat,
  greater,
  multiply,
  oneHot,
  stopGradient,
  sum,
  max,
  type Tensor,
  unsqueeze,
} from "@hermes-us/tensor";
import { type KeepMask, keepWhere } from "../pseudo/keep-mask.js";

/** Embeddings with their classes. Shapes are static, so a place may be empty: then `valid` does not keep it. */
export interface LabelledVectors {
  /** [Q, D] */
  readonly vectors: Tensor;
  /** int32 [Q] */
  readonly label: Tensor;
  /** [Q] */
  readonly valid: KeepMask;
}

/** One list after the other. */
export function joinVectors(first: LabelledVectors, ...rest: readonly LabelledVectors[]): LabelledVectors {
  const all = [first, ...rest];
  return {
    vectors: concat(
      all.map(({ vectors }) => vectors),
      0,
    ),
    label: concat(
      all.map(({ label }) => label),
      0,
    ),
    valid: keepWhere(
      concat(
        all.map(({ valid }) => valid.toBool()),
        0,
      ),
    ),
  };
}

/** The same values; nothing flows back through them. */
export function detached({ vectors, label, valid }: LabelledVectors): LabelledVectors {
  return { vectors: stopGradient(vectors), label, valid };
}

/**
 * @returns how many classes have a valid vector, a scalar: below 2 a contrast has no negatives and teaches nothing
 */
export function classesPresent({ label, valid }: LabelledVectors, classes: number): Tensor {
  const marks = multiply(oneHot(label, classes), unsqueeze(valid.toWeights(), [1]));
  return sum(cast(greater(max(marks, { axes: [0] }), 0), "float32"));
}
