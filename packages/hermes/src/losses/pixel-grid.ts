import {
  cast,
  greater,
  type ResizeSize,
  resizeNearest,
  squeeze,
  type Tensor,
  unsqueeze,
} from "@hermes-us/tensor";
import { type KeepMask, keepWhere } from "../pseudo/keep-mask.js";

/**
 * Labels on a coarser grid: the nearest pixel, rounded down.
 * @param labels int32 [N, H, W]
 * @returns int32 [N, height, width]
 */
export function labelsOnGrid(labels: Tensor, size: ResizeSize): Tensor {
  return cast(planesOnGrid(cast(labels, "float32"), size), "int32");
}

/** The same pixels as {@link labelsOnGrid} of a mask [N, H, W]. */
export function keepOnGrid(mask: KeepMask, size: ResizeSize): KeepMask {
  return keepWhere(greater(planesOnGrid(mask.toWeights(), size), 0.5));
}

function planesOnGrid(planes: Tensor, size: ResizeSize): Tensor {
  return squeeze(resizeNearest(unsqueeze(planes, [1]), size), [1]);
}
