import { EMPTY_CASES, EMPTY_POLICY, type EmptyCase } from "./empty-policy.js";
import type { SegmentationRecord } from "./measure-segmentation.js";
import type { SurfaceTolerance } from "./normalised-surface-distance.js";
import { evaluateMetric, type WeightedMetric, weightedMean, weightedRatio } from "./weighted.js";

type Pick = (record: SegmentationRecord) => number | null;

/** What each per-image metric reads from a record; `null` is left out of the mean and counted. */
const PER_IMAGE = {
  dice: (record) => record.dice,
  iou: (record) => record.iou,
  precision: (record) => record.precision,
  recall: (record) => record.recall,
  hd95Px: (record) => record.hd95Px,
  hd95Mm: (record) => record.hd95Mm,
  assdPx: (record) => record.assdPx,
  assdMm: (record) => record.assdMm,
  normalisedSurfaceDistancePx: (record) => surfaceScore(record, "px"),
  normalisedSurfaceDistanceMm: (record) => surfaceScore(record, "mm"),
} as const satisfies Record<string, Pick>;

export type PerImageSegmentationMetric = keyof typeof PER_IMAGE;

/** Over lesions (detection rates) and over images (false lesions per image). */
export type DetectionMetric =
  | "detectionRateAnyOverlap"
  | "falseLesionsPerImageAnyOverlap"
  | "detectionRateIouHalf"
  | "falseLesionsPerImageIouHalf";

export type SegmentationMetric = PerImageSegmentationMetric | DetectionMetric;

export const PER_IMAGE_SEGMENTATION_METRICS = Object.keys(PER_IMAGE) as PerImageSegmentationMetric[];

/** @returns the metric of one image; `null` where it is not defined. */
export function segmentationValue(
  record: SegmentationRecord,
  metric: PerImageSegmentationMetric,
): number | null {
  return PER_IMAGE[metric](record);
}

/** Every segmentation metric as a function of image weights, for intervals and paired differences. */
export function segmentationMetrics(
  records: readonly SegmentationRecord[],
): Record<SegmentationMetric, WeightedMetric> {
  const mean = (pick: Pick): WeightedMetric => weightedMean(records.map(pick));
  const lesions = records.map((record) => record.lesions.truthLesions);
  const detected = (rule: "anyOverlap" | "iouHalf"): WeightedMetric =>
    weightedRatio(
      records.map((record) => record.lesions[rule].detected),
      lesions,
    );
  return {
    dice: mean(PER_IMAGE.dice),
    iou: mean(PER_IMAGE.iou),
    precision: mean(PER_IMAGE.precision),
    recall: mean(PER_IMAGE.recall),
    hd95Px: mean(PER_IMAGE.hd95Px),
    hd95Mm: mean(PER_IMAGE.hd95Mm),
    assdPx: mean(PER_IMAGE.assdPx),
    assdMm: mean(PER_IMAGE.assdMm),
    normalisedSurfaceDistancePx: mean(PER_IMAGE.normalisedSurfaceDistancePx),
    normalisedSurfaceDistanceMm: mean(PER_IMAGE.normalisedSurfaceDistanceMm),
    detectionRateAnyOverlap: detected("anyOverlap"),
    falseLesionsPerImageAnyOverlap: mean((record) => record.lesions.anyOverlap.falseLesions),
    detectionRateIouHalf: detected("iouHalf"),
    falseLesionsPerImageIouHalf: mean((record) => record.lesions.iouHalf.falseLesions),
  };
}

/** How one per-image metric lies over the images. Spread over images; says nothing about its uncertainty. */
export interface MetricDistribution {
  readonly mean: number | null;
  /** Sample standard deviation over images (n - 1); `null` below two images. */
  readonly sd: number | null;
  readonly median: number | null;
  /** Images with a value, and images left out because there is none. */
  readonly defined: number;
  readonly undefinedImages: number;
}

export interface SegmentationSummary {
  readonly images: number;
  /** Distinct known patients or cases; images without one stand alone and are not counted here. */
  readonly groups: number;
  readonly emptyPolicy: typeof EMPTY_POLICY;
  readonly emptyCases: Readonly<Record<EmptyCase, number>>;
  readonly perImage: Readonly<Record<PerImageSegmentationMetric, MetricDistribution>>;
  readonly detection: Readonly<Record<DetectionMetric, number | null>>;
  readonly truthLesions: number;
  readonly predictedLesions: number;
  /** The tolerances behind the normalised surface distance, with the number of images each was used for. */
  readonly surfaceTolerances: readonly (SurfaceTolerance & { readonly images: number })[];
}

/** Means of per-image values over images, never pooled over pixels or batches. */
export function summariseSegmentation(records: readonly SegmentationRecord[]): SegmentationSummary {
  const metrics = segmentationMetrics(records);
  const value = (name: DetectionMetric): number | null => evaluateMetric(metrics[name], records.length);
  return {
    images: records.length,
    groups: new Set(records.flatMap((record) => record.group ?? [])).size,
    emptyPolicy: EMPTY_POLICY,
    emptyCases: fromNames(
      EMPTY_CASES,
      (emptyCase) => records.filter((record) => record.emptyCase === emptyCase).length,
    ),
    perImage: fromNames(PER_IMAGE_SEGMENTATION_METRICS, (name) => distribution(records.map(PER_IMAGE[name]))),
    detection: {
      detectionRateAnyOverlap: value("detectionRateAnyOverlap"),
      falseLesionsPerImageAnyOverlap: value("falseLesionsPerImageAnyOverlap"),
      detectionRateIouHalf: value("detectionRateIouHalf"),
      falseLesionsPerImageIouHalf: value("falseLesionsPerImageIouHalf"),
    },
    truthLesions: records.reduce((sum, record) => sum + record.lesions.truthLesions, 0),
    predictedLesions: records.reduce((sum, record) => sum + record.lesions.predictedLesions, 0),
    surfaceTolerances: tolerancesOf(records),
  };
}

function surfaceScore(record: SegmentationRecord, unit: SurfaceTolerance["unit"]): number | null {
  const { score, tolerance } = record.normalisedSurfaceDistance;
  return tolerance.unit === unit ? score : null;
}

function distribution(values: readonly (number | null)[]): MetricDistribution {
  const defined = values.filter((value) => value !== null).sort((a, b) => a - b);
  const n = defined.length;
  const undefinedImages = values.length - n;
  if (n === 0) return { mean: null, sd: null, median: null, defined: 0, undefinedImages };
  const mean = defined.reduce((sum, value) => sum + value, 0) / n;
  const squares = defined.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    mean,
    sd: n < 2 ? null : Math.sqrt(squares / (n - 1)),
    median: (defined[Math.floor((n - 1) / 2)]! + defined[Math.floor(n / 2)]!) / 2,
    defined: n,
    undefinedImages,
  };
}

function tolerancesOf(records: readonly SegmentationRecord[]): SegmentationSummary["surfaceTolerances"] {
  const found = new Map<string, SurfaceTolerance & { images: number }>();
  for (const { normalisedSurfaceDistance } of records) {
    const { value, unit } = normalisedSurfaceDistance.tolerance;
    const entry = found.get(`${value} ${unit}`) ?? { value, unit, images: 0 };
    found.set(`${value} ${unit}`, { ...entry, images: entry.images + 1 });
  }
  return [...found.values()];
}

function fromNames<Name extends string, T>(names: readonly Name[], make: (name: Name) => T): Record<Name, T> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, T>;
}
