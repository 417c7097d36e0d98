import { concat, constant, divide, subtract, multiply, type Tensor } from "@hermes-us/tensor";

/**
 * The range of values that an encoder was trained on: `unit` [0, 1]; `symmetric` [-1, 1]; `imagenet`, the mean and
 * standard deviation of ImageNet's colours taken out.
 */
export type InputScaling = "unit" | "symmetric" | "imagenet";

const IMAGENET_MEAN = [0.485, 0.456, 0.406];
const IMAGENET_DEVIATION = [0.229, 0.224, 0.225];

/**
 * @param image [N, 1 or 3, H, W]
 * @returns [N, 3, H, W]; a grey channel is repeated
 */
export function asColour(image: Tensor): Tensor {
  return image.shape[1] === 3 ? image : concat([image, image, image], 1);
}

/** @param image [N, 3, H, W] with values in [0, 1] */
export function scaleInput(image: Tensor, scaling: InputScaling): Tensor {
  switch (scaling) {
    case "unit":
      return image;
    case "symmetric":
      return subtract(multiply(image, 2), 1);
    case "imagenet":
      return divide(
        subtract(image, constant(IMAGENET_MEAN, [3, 1, 1])),
        constant(IMAGENET_DEVIATION, [3, 1, 1]),
      );
    default:
      return scaling satisfies never;
  }
}
