import {
  cast,
  greater,
  max,
  multiply,
  reshape,
  sliceAxis,
  softmax,
  stopGradient,
  sum,
  type Tensor,
} from "@hermes-us/tensor";

/** Share of the longest row (column) that makes a row (column) part of the lesion: stray pixels do not. */
const OCCUPIED_SHARE = 0.1;

/** What mask logits outline, detached. */
export interface LesionExtent {
  /** [N, 1, H, W], 1 where the lesion is likelier than not, else 0. */
  readonly lesion: Tensor;
  /** [N, H], 1 for rows that the lesion occupies, else 0. */
  readonly rows: Tensor;
  /** [N, W], 1 for columns that the lesion occupies, else 0. */
  readonly columns: Tensor;
}

/**
 * The outlined lesion, and the rows and columns with at least a tenth as many of its pixels as the fullest row (column) has.
 * @param maskLogits [N, C, H, W], class 0 the background
 */
export function lesionExtent(maskLogits: Tensor): LesionExtent {
  const [images, , height, width] = maskLogits.shape as [number, number, number, number];
  const background = sliceAxis(softmax(stopGradient(maskLogits), 1), 1, 0, 1);
  const lesion = cast(greater(0.5, background), "float32");
  return {
    lesion,
    rows: occupied(reshape(sum(lesion, { axes: [1, 3] }), [images, height])),
    columns: occupied(reshape(sum(lesion, { axes: [1, 2] }), [images, width])),
  };
}

/** @param count [N, extent] of lesion pixels */
function occupied(count: Tensor): Tensor {
  const largest = max(count, { axes: [1], keep: "axes" });
  return cast(greater(count, multiply(largest, OCCUPIED_SHARE)), "float32");
}
