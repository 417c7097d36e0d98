import {
  add,
  broadcastTo,
  cast,
  concat,
  constant,
  divide,
  equal,
  gather,
  greater,
  greaterEqual,
  maximum,
  minimum,
  multiply,
  oneHot,
  reshape,
  ShapeError,
  subtract,
  sum,
  takeAlong,
  type Tensor,
  topK,
  transpose,
  unsqueeze,
} from "@hermes-us/tensor";
import { type KeepMask, keepWhere } from "../pseudo/keep-mask.js";
import type { LabelledVectors } from "./labelled-vectors.js";

export interface PixelAnchorInput {
  /** [N, D, h, w] */
  readonly embedding: Tensor;
  /** int32 [N, h, w] */
  readonly label: Tensor;
  /** What the network says now, int32 [N, h, w]; a position where it differs from the label is hard. */
  readonly prediction: Tensor;
  /** [N, h, w]; everything where nothing is given. */
  readonly keep?: KeepMask;
  /** Random order of the positions: uniform in [0, 1), [N, h * w], fresh at every step; the largest come first. */
  readonly order: Tensor;
}

export interface PixelAnchorOptions {
  readonly classes: number;
  /** Most anchors of one class in one image. */
  readonly anchorsPerClass?: number;
  /** Most anchors of all, shared equally among the classes of the images that have any. */
  readonly totalAnchors?: number;
  /**
   * A class with fewer kept positions in an image gives no anchors there. The released code asks for 101 of 784
   * positions, which leaves lesions below 13 % of the image out and then has background alone and nothing to contrast.
   */
  readonly minPositions?: number;
}

/** How many hard and easy anchors to take, [N, C, 1] each. */
interface Quota {
  readonly hard: Tensor;
  readonly easy: Tensor;
}

/**
 * Chooses pixels to contrast: of each class in each image up to `anchorsPerClass`, half of them hard and half easy, or
 * more of one kind where the other runs short.
 * Wang et al., "Exploring cross-image pixel contrast", ICCV 2021, https://arxiv.org/abs/2101.11939 (semi-hard sampling);
 * Zhang, Lai & Kong, Hermes, ECAI 2025, https://arxiv.org/abs/2508.02265.
 * Differs from both: the shape is static, so places left over are not valid; and small lesions count.
 * @returns [N * classes * anchorsPerClass, D], image by image and class by class
 */
export function samplePixelAnchors(input: PixelAnchorInput, options: PixelAnchorOptions): LabelledVectors {
  const [images, , height, width] = gridOf(input);
  const { classes } = options;
  const positions = height * width;
  const slots = Math.min(options.anchorsPerClass ?? 100, positions);
  const { hard, easy } = splitByDifficulty(input, classes, positions);
  const quota = anchorQuota(hard, easy, slots, options);
  const order = add(1, unsqueeze(input.order, [1]));
  const ranked = (kind: Tensor) => topK(multiply(kind, order), { k: slots, axis: 2 }).indices;
  const place = concat([ranked(hard), ranked(easy)], 2);
  const chosen = concat([below(slots, quota.hard), below(slots, quota.easy)], 2);
  // No more than `slots` of the 2 * slots candidates are chosen: bring them to the front.
  const front = topK(multiply(chosen, descending(2 * slots)), { k: slots, axis: 2 }).indices;
  return {
    vectors: gather(
      pixelRows(input.embedding),
      0,
      reshape(add(takeAlong(place, 2, front), imageOffsets(images, positions)), [-1]),
    ),
    label: reshape(broadcastTo(classColumn(classes), [images, classes, slots]), [-1]),
    valid: keepWhere(greater(reshape(takeAlong(chosen, 2, front), [-1]), 0.5)),
  };
}

/** @returns an order that takes positions row by row, for runs that must not depend on chance: [N, positions] */
export function rasterOrder(images: number, positions: number): Tensor {
  const falling = Float64Array.from({ length: positions }, (_, i) => 1 - (i + 1) / (positions + 1));
  return broadcastTo(constant(falling, [1, positions]), [images, positions]);
}

/** @returns N, D, h and w of the embedding, once the rest is known to fit */
function gridOf({ embedding, label, prediction, keep, order }: PixelAnchorInput) {
  const [images, dims, height, width] = embedding.shape as [number, number, number, number];
  const grid = [images, height, width].join(", ");
  const shapes = { label: label.shape, prediction: prediction.shape, ...(keep && { keep: keep.shape }) };
  for (const [name, shape] of Object.entries(shapes)) {
    if (shape.join(", ") === grid) continue;
    const got = `${name} [${shape.join(", ")}]`;
    throw new ShapeError("samplePixelAnchors", got, `[${grid}]`, "use labelsOnGrid() and keepOnGrid()");
  }
  if (order.shape.join() !== [images, height * width].join()) {
    const got = `order [${order.shape.join(", ")}]`;
    throw new ShapeError("samplePixelAnchors", got, `[${images}, ${height * width}]`, "one key per position");
  }
  return [images, dims, height, width] as const;
}

/** @returns 1 where a position is of the class and hard, or of the class and easy: [N, C, positions] each */
function splitByDifficulty(
  { label, prediction, keep }: PixelAnchorInput,
  classes: number,
  positions: number,
) {
  const flat = [label.shape[0]!, 1, positions] as const;
  const ofClass = oneHot(reshape(label, [flat[0], positions]), classes, 1);
  const usable = keep === undefined ? ofClass : multiply(ofClass, reshape(keep.toWeights(), flat));
  const right = reshape(cast(equal(prediction, label), "float32"), flat);
  return { hard: multiply(usable, subtract(1, right)), easy: multiply(usable, right) };
}

function anchorQuota(hard: Tensor, easy: Tensor, slots: number, options: PixelAnchorOptions): Quota {
  const count = (kind: Tensor) => sum(kind, { axes: [2], keep: "axes" });
  const [hardCount, easyCount] = [count(hard), count(easy)];
  const enough = greaterEqual(add(hardCount, easyCount), options.minPositions ?? 8);
  const eligible = cast(enough, "float32");
  const share = whole(divide(options.totalAnchors ?? 1024, maximum(sum(eligible), 1)));
  const wanted = minimum(share, slots);
  const hardWanted = maximum(whole(multiply(wanted, 0.5)), subtract(wanted, easyCount));
  const hardQuota = minimum(hardCount, hardWanted);
  const easyQuota = minimum(easyCount, subtract(wanted, hardQuota));
  return { hard: multiply(hardQuota, eligible), easy: multiply(easyQuota, eligible) };
}

/** Rounds down what is not negative. */
function whole(x: Tensor): Tensor {
  return cast(cast(x, "int32"), "float32");
}

/** @returns 1 in the first `quota` of `slots` places: [N, C, slots] */
function below(slots: number, quota: Tensor): Tensor {
  const place = constant(
    Float64Array.from({ length: slots }, (_, i) => i),
    [1, 1, slots],
  );
  return cast(greater(quota, place), "float32");
}

/** @returns length, length - 1, .., 1: [1, 1, length] */
function descending(length: number): Tensor {
  return constant(
    Float64Array.from({ length }, (_, i) => length - i),
    [1, 1, length],
  );
}

/** [N, D, h, w] as rows [N * h * w, D]. */
function pixelRows(embedding: Tensor): Tensor {
  return reshape(transpose(embedding, [0, 2, 3, 1]), [-1, embedding.shape[1]!]);
}

/** @returns where the positions of each image begin among the rows: int32 [N, 1, 1] */
function imageOffsets(images: number, positions: number): Tensor {
  return constant(
    Float64Array.from({ length: images }, (_, i) => i * positions),
    [images, 1, 1],
    "int32",
  );
}

/** @returns int32 [1, C, 1] */
function classColumn(classes: number): Tensor {
  return constant(
    Float64Array.from({ length: classes }, (_, i) => i),
    [1, classes, 1],
    "int32",
  );
}
