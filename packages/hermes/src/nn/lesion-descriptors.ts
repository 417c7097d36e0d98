import {
  add,
  cast,
  concat,
  constant,
  divide,
  greater,
  linear,
  log,
  maximum,
  maxPool2d,
  mean,
  minimum,
  multiply,
  negate,
  reshape,
  sqrt,
  square,
  stopGradient,
  subtract,
  sum,
  type Tensor,
} from "@hermes-us/tensor";
import type { LesionExtent } from "./lesion-extent.js";
import { standardizeLayer } from "./norm-layer.js";
import type { Scope } from "./scope.js";

/** Numbers that `lesionDescriptors` gives per image. */
const DESCRIPTORS = 4;

/** Share of the image's side added to extents, so that an image without lesion has finite measures. */
const SMALLEST_EXTENT = 0.02;

const TALLEST = 3;

/** Width of the bands on both sides of the outline, as a share of the image's side. */
const BAND_SHARE = 1 / 36;

/** Added to the image's standard deviation, so that a plain image has a finite measure. */
const SMALLEST_DEVIATION = 0.01;

/**
 * How tall the lesion is, how tall for its width, how deep it lies, and how sharply it ends: signs of size, orientation and margin that
 * readers use (ACR BI-RADS and TI-RADS), from the rows and columns that the outlined lesion occupies and the grey levels
 * at its outline.
 * @param image [N, 1 or 3, H, W] in [0, 1]
 * @param extent of the outline in it, at the same size
 * @returns [N, 4], detached: ln of the height as share of the image (plus 0.02), height / width in shares (at most 3),
 *   depth of the middle as share of the image, from -0.5 at the probe to 0.5, and the step of the grey level at the outline
 *   (mean of a band outside less mean of a band inside) in standard deviations of the image, which gain and contrast do not change
 */
export function lesionDescriptors(image: Tensor, { lesion, rows, columns }: LesionExtent): Tensor {
  const height = rows.shape[1]!;
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
      stepAtOutline(mean(stopGradient(image), { axes: [1], keep: "axes" }), lesion),
    ],
    1,
  );
}

/**
 * @param grey [N, 1, H, W]
 * @param lesion [N, 1, H, W], 0 or 1
 * @returns [N, 1]; 0 where there is no outline
 */
function stepAtOutline(grey: Tensor, lesion: Tensor): Tensor {
  const band = Math.max(1, Math.round(BAND_SHARE * lesion.shape[3]!));
  const outside = subtract(dilated(lesion, band), lesion);
  const inside = add(lesion, dilated(negate(lesion), band));
  const isThere = greater(multiply(total(outside), total(inside)), 0);
  const step = multiply(subtract(meanOver(outside, grey), meanOver(inside, grey)), cast(isThere, "float32"));
  const centred = subtract(grey, mean(grey, { axes: [1, 2, 3], keep: "axes" }));
  const deviation = sqrt(mean(square(centred), { axes: [1, 2, 3] }));
  return reshape(divide(step, add(deviation, SMALLEST_DEVIATION)), [lesion.shape[0]!, 1]);
}

/** The largest value within `band` pixels, diagonals too; what lies outside the image does not count. */
function dilated(x: Tensor, band: number): Tensor {
  const side = 2 * band + 1;
  return maxPool2d(x, { kernel: [side, side], strides: [1, 1], pads: [band, band, band, band] });
}

/** @returns [N] */
function total(x: Tensor): Tensor {
  return sum(x, { axes: [1, 2, 3] });
}

function meanOver(region: Tensor, values: Tensor): Tensor {
  return divide(total(multiply(region, values)), maximum(total(region), 1));
}

/** Lets few weights, which start at 0, come as far as is useful at an encoder's learning rate. */
const DESCRIPTOR_GAIN = 10;

/**
 * What the lesion's descriptors say of the class: gain * W normalise(descriptors). The weights learn on passes of labelled
 * images alone: pseudo-labels come from the same descriptors, and strong views blur what they measure. Not in the
 * paper: an addition to its inter-task paths (docs/decisions/0005).
 * @param image [N, 1 or 3, H, W] in [0, 1]
 * @param extent of the outline in it, at the same size
 * @param classes K
 * @returns class logits [N, K]
 */
export function descriptorLogits(
  scope: Scope,
  {
    image,
    extent,
    classes,
  }: { readonly image: Tensor; readonly extent: LesionExtent; readonly classes: number },
): Tensor {
  const head = scope.child("descriptor_head");
  const measures = standardizeLayer(head.child("norm"), lesionDescriptors(image, extent));
  const learned = head.parameter("weight", [classes, DESCRIPTORS], { kind: "constant", value: 0 });
  const weight = scope.mode === "train-unlabelled" ? stopGradient(learned) : learned;
  return multiply(linear(measures, weight), DESCRIPTOR_GAIN);
}

function share(values: Tensor): Tensor {
  return mean(values, { axes: [1], keep: "axes" });
}
