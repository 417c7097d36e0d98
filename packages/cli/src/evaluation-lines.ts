import {
  type Estimate,
  type Evaluation,
  formatMetric,
  METRIC_NAMES,
  METRICS,
  type MetricName,
  metricTitle,
} from "@hermes-us/hermes";
import { textTable } from "./text-table.js";

/** What `hermes evaluate` prints for people. */
export function evaluationLines(evaluation: Evaluation): string[] {
  const { run, data, segmentation, classification, testLooks } = evaluation;
  return [
    `${run.id} on ${data.title}: ${data.images} images of ${data.groups} patients, ${partName(evaluation)}`,
    "",
    ...metricTable("segmentation", segmentation),
    ...metricTable("classification", classification),
    ...operatingLines(classification),
    ...(testLooks === null
      ? []
      : [`test looks: ${testLooks.all}, of which ${testLooks.byThisRun} by this run (ledger.jsonl)`]),
    ...evaluation.notes.map((note) => `note: ${note}`),
  ];
}

function partName({ data }: Evaluation): string {
  if (data.relation === "other") return "a set that it was not trained on";
  switch (data.part) {
    case "test":
      return "test part";
    case "val":
      return "validation part";
    case "all":
      return "all of the set";
    case "ids":
      return "a list of ids";
    default:
      return data.part satisfies never;
  }
}

function metricTable(
  task: "segmentation" | "classification",
  part: { readonly images: number; readonly metrics: Readonly<Record<string, Estimate>> } | null,
): string[] {
  if (part === null) return [`${task}: nothing known to measure against`, ""];
  const names = METRIC_NAMES.filter((name) => METRICS[name].task === task);
  const rows = names.flatMap((name) => {
    const estimate = part.metrics[name];
    return estimate === undefined || estimate.value === null
      ? []
      : [[metricTitle(name), formatMetric(name, estimate.value), interval(name, estimate)]];
  });
  return [...textTable([[`${task}, ${part.images} images`, "value", "95 % interval"], ...rows]), ""];
}

function interval(name: MetricName, { low, high }: Estimate): string {
  return low === null ? "–" : `${formatMetric(name, low)}–${formatMetric(name, high)}`;
}

function operatingLines(classification: Evaluation["classification"]): string[] {
  const points = classification?.operatingPoints ?? [];
  if (points.length === 0) return [];
  const rows = points.map(({ fitted, sensitivity, specificity }) => [
    `${fitted.target.kind} ≥ ${fitted.target.atLeast}`,
    fitted.threshold.toFixed(3),
    formatMetric("sensitivity", sensitivity.value),
    interval("sensitivity", sensitivity),
    formatMetric("specificity", specificity.value),
    interval("specificity", specificity),
  ]);
  const head = ["threshold fitted on validation for", "at", "sensitivity", "95 %", "specificity", "95 %"];
  return [...textTable([head, ...rows]), ""];
}
