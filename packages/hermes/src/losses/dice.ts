import {
  add,
  cast,
  divide,
  greater,
  maximum,
  mean,
  multiply,
  oneHot,
  sliceAxis,
  softmax,
  square,
  subtract,
  sum,
  type Tensor,
  unsqueeze,
} from "@hermes-us/tensor";
import type { KeepMask } from "../pseudo/keep-mask.js";
import type { Denominator } from "./cross-entropy.js";
import { expectPositions, labelsFor } from "./labels.js";

export interface DiceOptions {
  /**
   * `batch`: one ratio over all pixels of the batch, which large lesions rule. `image`: the mean of a ratio per image,
   * as the metric counts.
   */
  readonly pooling?: "batch" | "image";
  /** Whether p² + g² or p + g stands under the line. */
  readonly denominator?: "squared" | "plain";
  /** `foreground` leaves class 0 out. */
  readonly classes?: "foreground" | "all";
  /**
   * Added above and below the line; 1e-5, or a whole pixel where there is a ratio per image: one without lesion would
   * else ask with its full weight for the last trace of it.
   */
  readonly smooth?: number;
  /** [N, H, W]; multiplies every summand, so a pixel left out is as if it were not there. */
  readonly keep?: KeepMask;
  /** What a mean over images is divided by: all of them, or those of which a pixel is kept. */
  readonly images?: Denominator;
}

/**
 * Soft Dice loss, mean over classes of 1 - (2 sum p g + e) / (sum p² + sum g² + e).
 * Milletari et al., V-Net, 3DV 2016, https://arxiv.org/abs/1606.04797 (Eq. 1, squares below the line); the defaults
 * are those of SSL4MIS and Hermes (pooled over the batch, e = 1e-5) on the foreground.
 * Differs from the released Hermes code: that divides the foreground's loss by the number of all classes, so its value
 * is half of this one with two classes.
 * @param maskLogits [N, C, H, W]
 * @param mask int32 [N, H, W]
 * @returns scalar
 */
export function diceLoss(maskLogits: Tensor, mask: Tensor, options: DiceOptions = {}): Tensor {
  const { pooling = "batch", denominator = "squared", classes = "foreground" } = options;
  const { smooth = pooling === "batch" ? 1e-5 : 1 } = options;
  const first = classes === "foreground" ? 1 : 0;
  const count = maskLogits.shape[1]!;
  const counted = (x: Tensor) => sliceAxis(x, 1, first, count);
  const probs = counted(softmax(maskLogits, 1));
  const target = counted(oneHot(labelsFor("diceLoss", maskLogits, mask), count, 1));
  const axes = pooling === "batch" ? [0, 2, 3] : [2, 3];
  const total = (x: Tensor) => sum(masked(x, maskLogits, options.keep), { axes });
  const size = (x: Tensor) => total(denominator === "squared" ? square(x) : x);
  const overlap = add(multiply(total(multiply(probs, target)), 2), smooth);
  const loss = mean(subtract(1, divide(overlap, add(add(size(probs), size(target)), smooth))));
  if (pooling === "batch" || options.keep === undefined || options.images !== "kept") return loss;
  return multiply(loss, imagesOverKept(options.keep));
}

/** @returns all images over those of which a pixel is kept; an image left out whole has a loss of 0 */
function imagesOverKept(keep: KeepMask): Tensor {
  const pixels = sum(keep.toWeights(), { axes: [1, 2] });
  const kept = sum(cast(greater(pixels, 0), "float32"));
  return divide(keep.shape[0]!, maximum(kept, 1));
}

function masked(x: Tensor, maskLogits: Tensor, keep: KeepMask | undefined): Tensor {
  if (keep === undefined) return x;
  expectPositions("diceLoss", "keep mask", maskLogits, keep.shape);
  return multiply(x, unsqueeze(keep.toWeights(), [1]));
}
