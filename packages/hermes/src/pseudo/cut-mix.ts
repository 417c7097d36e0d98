import {
  add,
  concat,
  constant,
  greater,
  greaterEqual,
  less,
  logicalAnd,
  multiply,
  reshape,
  sliceAxis,
  subtract,
  type Tensor,
  where,
} from "@hermes-us/tensor";
import { type KeepMask, keepWhere } from "./keep-mask.js";

/** Random numbers per image that `cutMix` takes. */
export const CUT_MIX_DRAWS = 4;

/** Sides of the boxes, as shares of the image's. */
export const CUT_MIX_SIDES = { smallest: 0.4, largest: 0.7 } as const;

/** Puts a box of each image's successor into it; of what belongs to the images alike. */
export interface CutMix {
  /** @param x [N, C, H, W] */
  images(x: Tensor): Tensor;
  /** @param label int32 [N, H, W] */
  labels(label: Tensor): Tensor;
  /** @param keep [N, H, W] */
  keep(keep: KeepMask): KeepMask;
}

/**
 * Boxes at random places, each from the next image of the batch (of the last: from the first), for a strong view in which the
 * mask must be found without most of its surroundings.
 * Yun et al., CutMix, ICCV 2019, https://arxiv.org/abs/1905.04899; for pseudo-labelled masks French et al., BMVC 2020,
 * https://arxiv.org/abs/1906.01916. The released code of Hermes has a box file of this kind that nothing calls.
 * Differs from both: height and width are drawn apart, each uniform in 0.4 to 0.7 of the side.
 * @param draws [N, 4], uniform in [0, 1): height, width, top, left
 */
export function cutMix(draws: Tensor, { height, width }: { height: number; width: number }): CutMix {
  const images = draws.shape[0]!;
  const draw = (column: number): Tensor =>
    reshape(sliceAxis(draws, 1, column, column + 1), [images, 1, 1, 1]);
  const side = (u: Tensor): Tensor =>
    add(multiply(u, CUT_MIX_SIDES.largest - CUT_MIX_SIDES.smallest), CUT_MIX_SIDES.smallest);
  const within = (positions: Tensor, size: Tensor, place: Tensor): Tensor => {
    const start = multiply(subtract(1, size), place);
    return logicalAnd(greaterEqual(positions, start), less(positions, add(start, size)));
  };
  const box = logicalAnd(
    within(middles(height, [1, 1, height, 1]), side(draw(0)), draw(2)),
    within(middles(width, [1, 1, 1, width]), side(draw(1)), draw(3)),
  );
  const mix = (x: Tensor): Tensor => where(box, successors(x), x);
  const flat = (x: Tensor): Tensor =>
    reshape(mix(reshape(x, [images, 1, height, width])), [images, height, width]);
  return { images: mix, labels: flat, keep: (keep) => keepWhere(greater(flat(keep.toWeights()), 0)) };
}

/** Middles of equal cells of [0, 1]. */
function middles(cells: number, shape: readonly number[]): Tensor {
  return constant(
    Float64Array.from({ length: cells }, (_, i) => (i + 0.5) / cells),
    [...shape],
  );
}

function successors(x: Tensor): Tensor {
  const images = x.shape[0]!;
  return concat([sliceAxis(x, 0, 1, images), sliceAxis(x, 0, 0, 1)], 0);
}
