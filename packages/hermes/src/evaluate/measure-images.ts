import { classificationMetrics } from "../metrics/summarise-classification.js";
import { segmentationMetrics } from "../metrics/summarise-segmentation.js";
import type { WeightedMetric } from "../metrics/weighted.js";
import type { Key } from "../random.js";
import { type BootstrapOptions, bootstrap } from "../stats/bootstrap.js";
import { clustersOf } from "../stats/clusters.js";
import { type Estimate, estimateOf } from "./estimate.js";
import { classificationRecords, type ImageResult, segmentationRecords } from "./image-result.js";
import type { MetricName } from "./metric-info.js";

type Estimates = Partial<Record<MetricName, Estimate>>;

/** @returns segmentation metrics of the images that have an outline, with intervals over patients */
export function segmentationEstimates(
  images: readonly ImageResult[],
  source: Key,
  options: BootstrapOptions & { readonly only?: readonly MetricName[] } = {},
): Estimates {
  const records = segmentationRecords(images);
  if (records.length === 0) return {};
  return estimates(segmentationMetrics(records), records, source.fork("segmentation"), options);
}

/** @returns classification metrics of the images whose class is known, with intervals over patients */
export function classificationEstimates(
  images: readonly ImageResult[],
  classes: readonly string[],
  source: Key,
  options: BootstrapOptions & { readonly only?: readonly MetricName[] } = {},
): Estimates {
  const records = classificationRecords(images, classes);
  if (records.length === 0) return {};
  const metrics = classificationMetrics(records, { classes, positive: classes.at(-1)! });
  return estimates(metrics, records, source.fork("classification"), options);
}

function estimates(
  metrics: Partial<Record<MetricName, WeightedMetric>>,
  records: readonly { readonly group: string | null }[],
  source: Key,
  { only, ...options }: BootstrapOptions & { readonly only?: readonly MetricName[] },
): Estimates {
  const chosen = Object.fromEntries(
    Object.entries(metrics).filter(([name]) => only === undefined || only.includes(name as MetricName)),
  ) as Record<string, WeightedMetric>;
  const clusters = clustersOf(records.map(({ group }) => group));
  const found = bootstrap(chosen, clusters, source, options);
  return Object.fromEntries(Object.entries(found).map(([name, estimate]) => [name, estimateOf(estimate)]));
}
