import {
  broadcastTo,
  concat,
  constant,
  greater,
  type HostArray,
  multiply,
  oneHot,
  reshape,
  type Shape,
  stopGradient,
  takeAlong,
  type Tensor,
  topK,
  unsqueeze,
} from "@hermes-us/tensor";
import { keepWhere } from "../pseudo/keep-mask.js";
import type { LabelledVectors } from "./labelled-vectors.js";

/** Vectors of earlier steps, a ring per class with the newest first. Plain state: the trainer keeps it. */
export interface MemoryBank {
  /** [K, M, D], zeros where nothing is */
  readonly vectors: Tensor;
  /** [K, M], 1 where a vector is, else 0 */
  readonly filled: Tensor;
}

export interface MemoryBankSpec {
  readonly classes: number;
  /** Vectors kept per class. */
  readonly capacity: number;
  readonly dims: number;
}

/** Shapes of the two state tensors, both float32. */
export function bankShapes({ classes, capacity, dims }: MemoryBankSpec): {
  readonly [K in keyof MemoryBank]: Shape;
} {
  return { vectors: [classes, capacity, dims], filled: [classes, capacity] };
}

/** What a bank is before the first step. */
export function emptyBank(spec: MemoryBankSpec): { readonly [K in keyof MemoryBank]: HostArray } {
  const zeros = (shape: Shape): HostArray => ({
    dtype: "float32",
    shape,
    data: new Float32Array(shape.reduce((size, extent) => size * extent, 1)),
  });
  const shapes = bankShapes(spec);
  return { vectors: zeros(shapes.vectors), filled: zeros(shapes.filled) };
}

/**
 * Puts the valid items before what their class's ring holds; what no longer fits falls out at the old end. Items that
 * are not valid push nothing out.
 * He et al., MoCo, CVPR 2020, https://arxiv.org/abs/1911.05722 (queue); per class as in Wang et al., UGPCL, IJCAI 2022.
 * @param items [Q, D], detached here
 * @returns the state of the next step
 */
export function pushToBank(bank: MemoryBank, items: LabelledVectors): MemoryBank {
  const [classes, capacity, dims] = bank.vectors.shape as [number, number, number];
  const count = items.vectors.shape[0]!;
  const fresh = multiply(oneHot(items.label, classes, 0), unsqueeze(items.valid.toWeights(), [0]));
  const present = concat([fresh, bank.filled], 1);
  const rank = Float64Array.from({ length: count + capacity }, (_, i) => count + capacity - i);
  const places = topK(multiply(present, constant(rank)), { k: capacity, axis: 1 }).indices;
  const candidates = concat([broadcastTo(items.vectors, [classes, count, dims]), bank.vectors], 1);
  const taken = takeAlong(candidates, 1, broadcastTo(unsqueeze(places, [2]), [classes, capacity, dims]));
  const filled = takeAlong(present, 1, places);
  return {
    vectors: stopGradient(multiply(taken, unsqueeze(filled, [2]))),
    filled: stopGradient(filled),
  };
}

/** @returns the bank as columns of a contrast, [K * M, D], class by class, detached */
export function bankVectors({ vectors, filled }: MemoryBank): LabelledVectors {
  const [classes, capacity, dims] = vectors.shape as [number, number, number];
  const order = constant(
    Float64Array.from({ length: classes }, (_, i) => i),
    [classes, 1],
    "int32",
  );
  return {
    vectors: reshape(stopGradient(vectors), [classes * capacity, dims]),
    label: reshape(broadcastTo(order, [classes, capacity]), [-1]),
    valid: keepWhere(greater(reshape(filled, [-1]), 0.5)),
  };
}
