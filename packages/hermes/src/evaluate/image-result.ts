import { z } from "zod";
import type { ClassificationRecord } from "../metrics/classification-record.js";
import { EMPTY_CASES } from "../metrics/empty-policy.js";
import type { SegmentationRecord } from "../metrics/measure-segmentation.js";

const detectionCountsSchema = z.strictObject({ detected: z.number(), falseLesions: z.number() });

const segmentationSchema = z.strictObject({
  id: z.string(),
  group: z.string().nullable(),
  emptyCase: z.enum(EMPTY_CASES),
  truthAreaPx: z.number(),
  predictedAreaPx: z.number(),
  dice: z.number(),
  iou: z.number(),
  precision: z.number(),
  recall: z.number(),
  hd95Px: z.number().nullable(),
  assdPx: z.number().nullable(),
  hd95Mm: z.number().nullable(),
  assdMm: z.number().nullable(),
  normalisedSurfaceDistance: z.strictObject({
    score: z.number(),
    tolerance: z.strictObject({ value: z.number(), unit: z.enum(["mm", "px"]) }),
  }),
  lesions: z.strictObject({
    truthLesions: z.number(),
    predictedLesions: z.number(),
    anyOverlap: detectionCountsSchema,
    iouHalf: detectionCountsSchema,
  }),
}) satisfies z.ZodType<SegmentationRecord>;

/** All that is known and measured of one image. */
export const imageResultSchema = z.strictObject({
  id: z.string(),
  /** Patient or case; `null`: the image stands alone. */
  group: z.string().nullable(),
  sha256: z.string(),
  widthPx: z.number().int(),
  heightPx: z.number().int(),
  /** True class, by the model's own name for it; `null`: unknown, or a class that the model does not know. */
  className: z.string().nullable(),
  /** K probabilities in the order of the model's classes. */
  classProbs: z.array(z.number()).min(2),
  /** `null` where no outline is known. */
  segmentation: segmentationSchema.nullable(),
  /** Entropy of the class probabilities over that of an even guess, 0 to 1. */
  classUncertainty: z.number(),
  /** See `maskUncertainty`, 0 to 1. */
  maskUncertainty: z.number(),
  /** What the set tells, and what the audit saw (`calipers`: yes or no). */
  attributes: z.record(z.string(), z.union([z.string(), z.number()])),
});
export type ImageResult = z.output<typeof imageResultSchema>;

/** @returns the images whose class is known, as the classification metrics want them */
export function classificationRecords(
  images: readonly ImageResult[],
  classes: readonly string[],
): ClassificationRecord[] {
  return images.flatMap(({ id, group, className, classProbs }) =>
    className === null ? [] : [{ id, group, truth: classes.indexOf(className), classProbs }],
  );
}

export function segmentationRecords(images: readonly ImageResult[]): SegmentationRecord[] {
  return images.flatMap(({ segmentation }) => segmentation ?? []);
}
