import type { ClassificationMetric } from "../metrics/summarise-classification.js";
import type { SegmentationMetric } from "../metrics/summarise-segmentation.js";
import type { Direction } from "../stats/interval.js";

export type MetricName = SegmentationMetric | ClassificationMetric;

export interface MetricInfo {
  readonly title: string;
  readonly task: "segmentation" | "classification";
  readonly direction: Direction;
  /** Empty for shares and rates. */
  readonly unit: "" | "px" | "mm";
  readonly digits: number;
}

const share = (title: string, task: MetricInfo["task"], direction: Direction = "higher-is-better") =>
  ({ title, task, direction, unit: "", digits: 3 }) as const;
const distance = (title: string, unit: "px" | "mm") =>
  ({
    title,
    task: "segmentation",
    direction: "lower-is-better",
    unit,
    digits: unit === "px" ? 1 : 2,
  }) as const;

/** How every metric is called and read, in the order of tables. */
export const METRICS: Readonly<Record<MetricName, MetricInfo>> = {
  dice: share("Dice", "segmentation"),
  iou: share("IoU", "segmentation"),
  precision: share("pixel precision", "segmentation"),
  recall: share("pixel recall", "segmentation"),
  hd95Px: distance("HD95", "px"),
  hd95Mm: distance("HD95", "mm"),
  assdPx: distance("ASSD", "px"),
  assdMm: distance("ASSD", "mm"),
  normalisedSurfaceDistancePx: share("surface agreement (NSD, tolerance in px)", "segmentation"),
  normalisedSurfaceDistanceMm: share("surface agreement (NSD, tolerance in mm)", "segmentation"),
  detectionRateAnyOverlap: share("lesions found (any overlap)", "segmentation"),
  falseLesionsPerImageAnyOverlap: share(
    "false lesions per image (any overlap)",
    "segmentation",
    "lower-is-better",
  ),
  detectionRateIouHalf: share("lesions found (IoU ≥ 0.5)", "segmentation"),
  falseLesionsPerImageIouHalf: share(
    "false lesions per image (IoU ≥ 0.5)",
    "segmentation",
    "lower-is-better",
  ),
  auroc: share("AUROC", "classification"),
  auprc: share("AUPRC", "classification"),
  accuracy: share("accuracy", "classification"),
  balancedAccuracy: share("balanced accuracy", "classification"),
  sensitivity: share("sensitivity", "classification"),
  specificity: share("specificity", "classification"),
  positivePredictiveValue: share("positive predictive value", "classification"),
  negativePredictiveValue: share("negative predictive value", "classification"),
  f1: share("F1", "classification"),
  brier: share("Brier score", "classification", "lower-is-better"),
  calibrationError: share("calibration error (ECE)", "classification", "lower-is-better"),
};

export const METRIC_NAMES = Object.keys(METRICS) as MetricName[];

/** @returns the value as tables print it, with an en dash where there is none */
export function formatMetric(name: MetricName, value: number | null): string {
  return value === null ? "–" : value.toFixed(METRICS[name].digits);
}

/** @returns the name with its unit: `HD95 (px)` */
export function metricTitle(name: MetricName): string {
  const { title, unit } = METRICS[name];
  return unit === "" ? title : `${title} (${unit})`;
}
