import {
  abs,
  add,
  clip,
  constant,
  divide,
  greater,
  matmul,
  maximum,
  multiply,
  reshape,
  subtract,
  sum,
  type Tensor,
  transpose,
  where,
} from "@hermes-us/tensor";
import type { LesionExtent } from "./lesion-extent.js";

/** Side of the view as a share of the image's. */
const SIDE_SHARE = 0.75;

/** Half of the view's side for half of the lesion's longer side, and what is added, as a share of the image's shorter side. */
const REACH = 1.1;
const MARGIN_SHARE = 0.02;

/**
 * The lesion brought close: a square round what is outlined, little larger than its longer side, resampled to three
 * quarters of the image's side whatever the lesion's size; bilinear, averaged where it is made smaller. What lies outside the image is 0. Where nothing is
 * outlined it is the whole image.
 * @param image [N, C, H, W]
 * @param extent of the outline in it, at the same size
 * @returns [N, C, S, S], S = round(0.75 min(H, W))
 */
export function lesionView(image: Tensor, { rows, columns }: LesionExtent): Tensor {
  const [images, , height, width] = image.shape as [number, number, number, number];
  const shorter = Math.min(height, width);
  const side = Math.round(SIDE_SHARE * shorter);
  const [tall, wide] = [count(rows), count(columns)];
  const reach = add(multiply(maximum(tall, wide), REACH / 2), MARGIN_SHARE * shorter);
  const half = where(greater(tall, 0), reach, shorter / 2);
  const weights = (occupied: Tensor): Tensor => resampling(middle(occupied), half, side, occupied.shape[1]!);
  const down = reshape(weights(rows), [images, 1, side, height]);
  const across = reshape(transpose(weights(columns), [0, 2, 1]), [images, 1, width, side]);
  return matmul(matmul(down, image), across);
}

/** @returns [N, 1] */
function count(occupied: Tensor): Tensor {
  return sum(occupied, { axes: [1], keep: "axes" });
}

/** @returns [N, 1], the mean place of occupied rows (columns) in pixels from the image's edge; its middle where none is */
function middle(occupied: Tensor): Tensor {
  const extent = occupied.shape[1]!;
  const places = constant(
    Float64Array.from({ length: extent }, (_, i) => i + 0.5),
    [1, extent],
  );
  const number = count(occupied);
  return where(greater(number, 0), divide(count(multiply(occupied, places)), maximum(number, 1)), extent / 2);
}

/**
 * How much each pixel of a row counts in each sample: its overlap with an interval round the sample that is as long as the distance of
 * samples, or as a pixel where that is more (then this is linear interpolation).
 * @param centre [N, 1] and `half` [N, 1] in pixels: what `side` samples cover evenly
 * @returns [N, side, extent], 1 in sum where the interval lies inside the image
 */
function resampling(centre: Tensor, half: Tensor, side: number, extent: number): Tensor {
  const offsets = constant(
    Float64Array.from({ length: side }, (_, i) => (2 * i + 1) / side - 1),
    [1, side],
  );
  const samples = reshape(add(centre, multiply(half, offsets)), [centre.shape[0]!, side, 1]);
  const pixels = constant(
    Float64Array.from({ length: extent }, (_, i) => i + 0.5),
    [1, 1, extent],
  );
  const length = reshape(maximum(multiply(half, 2 / side), 1), [centre.shape[0]!, 1, 1]);
  const reach = multiply(add(length, 1), 0.5);
  return divide(clip(subtract(reach, abs(subtract(samples, pixels))), 0, 1), length);
}
