import { assd } from "./assd.js";
import { type BinaryMask, requireSpacing, type SpacingMm } from "./binary-mask.js";
import { dice } from "./dice.js";
import { type EmptyCase, emptyCaseOf } from "./empty-policy.js";
import { hd95 } from "./hd95.js";
import { iou } from "./iou.js";
import { detectLesions, type LesionDetection } from "./lesion-detection.js";
import {
  type NormalisedSurfaceDistance,
  normalisedSurfaceDistance,
  type SurfaceTolerances,
  toleranceFor,
} from "./normalised-surface-distance.js";
import { countOverlap } from "./overlap.js";
import { precision } from "./precision.js";
import { recall } from "./recall.js";
import { surfaceDistances } from "./surface-distances.js";

export interface SegmentationCase {
  readonly id: string;
  /** Patient or case; `null` if not known. */
  readonly group: string | null;
  readonly truth: BinaryMask;
  readonly prediction: BinaryMask;
  /** `null` where the pixel size is not known. */
  readonly spacingMm: SpacingMm | null;
}

/** All segmentation metrics of one image at its own size. `null` is "not defined here", never zero. */
export interface SegmentationRecord {
  readonly id: string;
  readonly group: string | null;
  readonly emptyCase: EmptyCase;
  readonly truthAreaPx: number;
  readonly predictedAreaPx: number;
  readonly dice: number;
  readonly iou: number;
  readonly precision: number;
  readonly recall: number;
  /** Of the native image; `null` where one mask is empty and the other is not. */
  readonly hd95Px: number | null;
  readonly assdPx: number | null;
  /** `null` also where the pixel size is not known. */
  readonly hd95Mm: number | null;
  readonly assdMm: number | null;
  readonly normalisedSurfaceDistance: NormalisedSurfaceDistance;
  readonly lesions: LesionDetection;
}

export function measureSegmentation(
  { id, group, truth, prediction, spacingMm }: SegmentationCase,
  tolerances?: SurfaceTolerances,
): SegmentationRecord {
  if (spacingMm !== null) requireSpacing(`measuring ${id}`, spacingMm);
  const overlap = countOverlap(truth, prediction);
  const distancesPx = surfaceDistances(truth, prediction);
  const distancesMm = spacingMm === null ? null : surfaceDistances(truth, prediction, spacingMm);
  return {
    id,
    group,
    emptyCase: emptyCaseOf(overlap),
    truthAreaPx: overlap.bothPx + overlap.truthOnlyPx,
    predictedAreaPx: overlap.bothPx + overlap.predictionOnlyPx,
    dice: dice(overlap),
    iou: iou(overlap),
    precision: precision(overlap),
    recall: recall(overlap),
    hd95Px: hd95(distancesPx),
    assdPx: assd(distancesPx),
    hd95Mm: hd95(distancesMm),
    assdMm: assd(distancesMm),
    normalisedSurfaceDistance: normalisedSurfaceDistance(
      spacingMm === null ? distancesPx : distancesMm,
      toleranceFor(spacingMm, tolerances),
    ),
    lesions: detectLesions(truth, prediction),
  };
}
