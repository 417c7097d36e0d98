import type { Key } from "../../random.js";
import type { PreparedImage } from "../prepared-image.js";
import type { Affine } from "./affine.js";
import { drawGeometry } from "./geometry.js";
import type { AugmentationPolicy } from "./policy.js";
import { applyTones } from "./tones.js";
import { warpImage, warpMask } from "./warp.js";

/** Where a labelled view is written: parts of a batch. V x V each. */
export interface LabelledTarget {
  readonly image: Float32Array;
  readonly mask: Int32Array;
}

/** V x V each; one strong view or several, which differ in their tones only. */
interface UnlabelledTarget {
  readonly weak: Float32Array;
  readonly strong: readonly Float32Array[];
}

/**
 * @param key of this image in this epoch; nothing else decides what is drawn
 * @returns the geometry used. Without a known outline the mask is all zero.
 */
export function writeLabelledView(
  prepared: PreparedImage,
  policy: AugmentationPolicy,
  key: Key,
  target: LabelledTarget,
): Affine {
  const affine = drawGeometry(policy, prepared.pixelAspect, key.fork("geometry"));
  warpImage(prepared.image, prepared.sidePx, affine, target.image);
  if (prepared.mask === null) target.mask.fill(0);
  else warpMask(prepared.mask, prepared.sidePx, affine, target.mask);
  applyTones(target.image, Math.sqrt(target.image.length), policy.labelledTones, key.fork("labelled"));
  return affine;
}

/** As `writeLabelledView`; strong views start from the weak one, pixel for pixel. */
export function writeUnlabelledViews(
  prepared: PreparedImage,
  policy: AugmentationPolicy,
  key: Key,
  target: UnlabelledTarget,
): Affine {
  const affine = drawGeometry(policy, prepared.pixelAspect, key.fork("geometry"));
  warpImage(prepared.image, prepared.sidePx, affine, target.weak);
  const sidePx = Math.sqrt(target.weak.length);
  target.strong.forEach((view, i) => {
    view.set(target.weak);
    applyTones(view, sidePx, policy.strongTones, key.fork("strong", i));
  });
  return affine;
}
