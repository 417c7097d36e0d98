import { UserError } from "../../errors.js";
import { classificationMetrics } from "../../metrics/summarise-classification.js";
import {
  type PerImageSegmentationMetric,
  PER_IMAGE_SEGMENTATION_METRICS,
  segmentationMetrics,
  segmentationValue,
} from "../../metrics/summarise-segmentation.js";
import { type Clusters, clustersOf } from "../../stats/clusters.js";
import type { Statistic } from "../../stats/bootstrap.js";
import { definedInBoth, pairById } from "../../stats/paired.js";
import type { Evaluation } from "../evaluation.js";
import { classificationRecords, segmentationRecords } from "../image-result.js";
import { METRICS, type MetricName } from "../metric-info.js";

/** One metric of two runs as functions of the same image weights. */
export interface PairedMetric {
  readonly a: Statistic;
  readonly b: Statistic;
  readonly clusters: Clusters;
  /** In the order of the weights. */
  readonly ids: readonly string[];
}

/**
 * @returns `null` where no image has the metric in both runs
 * @throws UserError for runs that were not evaluated on the same images
 */
export function pairedMetric(a: Evaluation, b: Evaluation, name: MetricName): PairedMetric | null {
  requireSameFiles(a, b);
  return METRICS[name].task === "segmentation"
    ? pairedSegmentation(a, b, name)
    : pairedClassification(a, b, name);
}

function pairedSegmentation(a: Evaluation, b: Evaluation, name: MetricName): PairedMetric | null {
  const all = pairById(segmentationRecords(a.images), segmentationRecords(b.images));
  const { pairs } = isPerImage(name)
    ? definedInBoth(all, (record) => segmentationValue(record, name))
    : { pairs: all };
  const statistic = (side: 0 | 1): Statistic | undefined => {
    const metrics: Partial<Record<MetricName, Statistic>> = segmentationMetrics(
      pairs.map((pair) => pair[side]),
    );
    return metrics[name];
  };
  return joined(
    pairs.map(([record]) => record),
    statistic(0),
    statistic(1),
  );
}

function pairedClassification(a: Evaluation, b: Evaluation, name: MetricName): PairedMetric | null {
  const { classes } = a.run;
  const pairs = pairById(
    classificationRecords(a.images, classes),
    classificationRecords(b.images, b.run.classes),
  );
  if (pairs.length === 0) return null;
  const statistic = (side: 0 | 1): Statistic | undefined => {
    const records = pairs.map((pair) => pair[side]);
    const metrics: Partial<Record<MetricName, Statistic>> = classificationMetrics(records, {
      classes,
      positive: classes.at(-1)!,
    });
    return metrics[name];
  };
  return joined(
    pairs.map(([record]) => record),
    statistic(0),
    statistic(1),
  );
}

function joined(
  records: readonly { readonly id: string; readonly group: string | null }[],
  a: Statistic | undefined,
  b: Statistic | undefined,
): PairedMetric | null {
  if (records.length === 0 || a === undefined || b === undefined) return null;
  return { a, b, clusters: clustersOf(records.map(({ group }) => group)), ids: records.map(({ id }) => id) };
}

function isPerImage(name: MetricName): name is PerImageSegmentationMetric {
  return (PER_IMAGE_SEGMENTATION_METRICS as readonly string[]).includes(name);
}

/** Equal ids with other files behind them are other images. */
function requireSameFiles(a: Evaluation, b: Evaluation): void {
  const inB = new Map(b.images.map(({ id, sha256 }) => [id, sha256]));
  const changed = a.images.filter(({ id, sha256 }) => inB.has(id) && inB.get(id) !== sha256);
  const sameClasses = a.run.classes.join("\n") === b.run.classes.join("\n");
  if (changed.length === 0 && sameClasses) return;
  throw UserError.of(
    `comparing ${a.run.id} and ${b.run.id}`,
    sameClasses
      ? `other files under the same ids (${changed[0]!.id} and ${changed.length - 1} more)`
      : `classes ${a.run.classes.join(", ")} and ${b.run.classes.join(", ")}`,
    "the same images and classes",
    "evaluate both runs on the same data set",
  );
}
