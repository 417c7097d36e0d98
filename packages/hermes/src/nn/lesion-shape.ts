import {
  add,
  cast,
  concat,
  constant,
  divide,
  greater,
  linear,
  log,
  max,
  mean,
  minimum,
  multiply,
  reshape,
  sliceAxis,
  softmax,
  stopGradient,
  sum,
  type Tensor,
  tanh,
} from "@hermes-us/tensor";
import { standardizeLayer } from "./norm-layer.js";
import type { Scope } from "./scope.js";

/** Numbers that `lesionShape` gives per image. */
const SHAPE_MEASURES = 3;

/** Share of the longest row (column) that makes a row (column) part of the lesion: stray pixels do not. */
const OCCUPIED_SHARE = 0.1;

/** Share of the image's side added to extents, so that an image without lesion has finite measures. */
const SMALLEST_EXTENT = 0.02;

const TALLEST = 3;

/**
 * How tall the lesion is, how tall for its width, and how deep it lies: the signs of orientation and size that readers use
 * (taller than wide: ACR BI-RADS and TI-RADS). From the rows and columns that the outlined lesion occupies.
 * @param maskLogits [N, C, H, W], class 0 the background
 * @returns [N, 3], detached: ln of the height as share of the image (plus 0.02), height / width in shares (at most 3),
 *   depth of the middle as share of the image, from -0.5 at the probe to 0.5
 */
export function lesionShape(maskLogits: Tensor): Tensor {
  const [images, , height, width] = maskLogits.shape as [number, number, number, number];
  const background = sliceAxis(softmax(stopGradient(maskLogits), 1), 1, 0, 1);
  const lesion = cast(greater(0.5, background), "float32");
  const rows = occupied(reshape(sum(lesion, { axes: [1, 3] }), [images, height]));
  const columns = occupied(reshape(sum(lesion, { axes: [1, 2] }), [images, width]));
  const [tall, wide] = [share(rows), share(columns)];
  const depth = constant(
    Float64Array.from({ length: height }, (_, i) => (i + 0.5) / height - 0.5),
    [1, height],
  );
  return concat(
    [
      log(add(tall, SMALLEST_EXTENT)),
      minimum(divide(tall, add(wide, SMALLEST_EXTENT)), TALLEST),
      divide(share(multiply(rows, depth)), add(tall, 1e-3)),
    ],
    1,
  );
}

/** Lets few weights, which start at 0, come as far as is useful at an encoder's learning rate. */
const SHAPE_GAIN = 10;

/**
 * Class logits from the image and from the lesion's shape: tanh(image / 2) + gain * W normalise(shape). The image's part is
 * kept within 1 of 0 because a network that learns few images by heart gives large logits everywhere, beside which three honest measures
 * would count for nothing. Not in the paper: an addition to its inter-task paths (docs/decisions/0005).
 * @param imageLogits [N, K]
 * @param maskLogits [N, C, H, W]
 * @returns [N, K]
 */
export function fuseLesionShape(scope: Scope, imageLogits: Tensor, maskLogits: Tensor): Tensor {
  const head = scope.child("shape_head");
  const classes = imageLogits.shape[1]!;
  const measures = standardizeLayer(head.child("norm"), lesionShape(maskLogits));
  const weight = head.parameter("weight", [classes, SHAPE_MEASURES], { kind: "constant", value: 0 });
  const ofImage = tanh(multiply(imageLogits, 0.5));
  return add(ofImage, multiply(linear(measures, weight), SHAPE_GAIN));
}

/** @returns 1 where the count [N, extent] of lesion pixels is a tenth of the largest or more */
function occupied(count: Tensor): Tensor {
  const largest = max(count, { axes: [1], keep: "axes" });
  return cast(greater(count, multiply(largest, OCCUPIED_SHARE)), "float32");
}

function share(values: Tensor): Tensor {
  return mean(values, { axes: [1], keep: "axes" });
}
