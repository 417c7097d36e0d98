import type { Estimate } from "../estimate.js";
import type { Evaluation } from "../evaluation.js";
import { formatMetric, METRIC_NAMES, METRICS, type MetricName, metricTitle } from "../metric-info.js";
import { type Cell, escapeHtml, htmlTable } from "./html.js";

/** @returns `0.812 to 0.854`, or an en dash */
export function intervalText(name: MetricName, { low, high }: Estimate): string {
  return low === null || high === null ? "–" : `${formatMetric(name, low)} to ${formatMetric(name, high)}`;
}

/** @returns what intervals are over: images stand alone where no patient is known */
export function resampledUnit({ groups }: Pick<Evaluation["data"], "groups">): "patients" | "images" {
  return groups === 0 ? "images" : "patients";
}

/** @returns every defined metric of one task with its interval, and a bar for shares */
export function metricTable(
  task: "segmentation" | "classification",
  data: Evaluation["data"],
  part: { readonly images: number; readonly metrics: Readonly<Record<string, Estimate>> },
): string {
  const rows = METRIC_NAMES.filter((name) => METRICS[name].task === task).flatMap((name): Cell[][] => {
    const estimate = part.metrics[name];
    if (estimate === undefined || estimate.value === null) return [];
    return [
      [
        metricTitle(name),
        formatMetric(name, estimate.value),
        intervalText(name, estimate),
        { html: METRICS[name].unit === "" ? intervalBar(estimate) : "" },
        METRICS[name].direction === "higher-is-better" ? "higher" : "lower",
      ],
    ];
  });
  return htmlTable(
    `${task}: ${part.images} images, 95 % intervals over ${resampledUnit(data)}`,
    [
      { title: "metric", align: "text" },
      { title: "value", align: "number" },
      { title: "95 % interval", align: "number" },
      { title: "0 to 1", align: "text" },
      { title: "better", align: "text" },
    ],
    rows,
  );
}

const BAR = { width: 120, height: 14 } as const;

/** The value as a dot and its interval as a bar on a line from 0 to 1. */
export function intervalBar({ value, low, high }: Estimate): string {
  if (value === null || value > 1) return "";
  const at = (share: number) => (4 + Math.min(1, Math.max(0, share)) * (BAR.width - 8)).toFixed(1);
  const middle = BAR.height / 2;
  const bar =
    low === null || high === null
      ? ""
      : `<line class="s1" stroke-width="4" opacity=".45" x1="${at(low)}" x2="${at(high)}" y1="${middle}" y2="${middle}"/>`;
  return `<svg width="${BAR.width}" height="${BAR.height}" aria-hidden="true"><line class="grid" x1="4" x2="${BAR.width - 4}" y1="${middle}" y2="${middle}"/>${bar}<circle class="f1" cx="${at(value)}" cy="${middle}" r="3.5"/></svg>`;
}

export function subgroupTable({ subgroups, data }: Pick<Evaluation, "subgroups" | "data">): string {
  const cells = (name: MetricName, estimate: Estimate | null): Cell[] =>
    estimate === null
      ? ["–", ""]
      : [
          `${formatMetric(name, estimate.value)} (${intervalText(name, estimate)})`,
          { html: intervalBar(estimate) },
        ];
  const rows = subgroups.map(({ trait, value, images, dice, auroc, accuracy }): Cell[] => [
    `${trait}: ${value ?? "not known"}`,
    String(images),
    ...cells("dice", dice),
    ...cells("auroc", auroc),
    ...cells("accuracy", accuracy).slice(0, 1),
  ]);
  return htmlTable(
    `Results by subgroup, 95 % intervals over ${resampledUnit(data)}, not corrected for their number`,
    [
      { title: "subgroup", align: "text" },
      { title: "images", align: "number" },
      { title: "Dice", align: "number" },
      { title: "", align: "text" },
      { title: "AUROC", align: "number" },
      { title: "", align: "text" },
      { title: "accuracy", align: "number" },
    ],
    rows,
  );
}

export function operatingTable(classification: NonNullable<Evaluation["classification"]>): string {
  const rate = (name: "sensitivity" | "specificity", estimate: Estimate) =>
    `${formatMetric(name, estimate.value)} (${intervalText(name, estimate)})`;
  return htmlTable(
    `Thresholds on the probability of ${classification.positive}, fitted on validation alone`,
    [
      { title: "fitted for", align: "text" },
      { title: "threshold", align: "number" },
      { title: "on validation: sensitivity, specificity", align: "number" },
      { title: "here: sensitivity", align: "number" },
      { title: "here: specificity", align: "number" },
    ],
    classification.operatingPoints.map(({ fitted, sensitivity, specificity }) => [
      `${fitted.target.kind} ≥ ${fitted.target.atLeast}`,
      fitted.threshold.toFixed(3),
      `${formatMetric("sensitivity", fitted.validation.sensitivity)}, ${formatMetric("specificity", fitted.validation.specificity)}`,
      rate("sensitivity", sensitivity),
      rate("specificity", specificity),
    ]),
  );
}

/** Rows are true classes, columns the called ones; darker is a larger share of the row. */
export function confusionTable(
  { confusion }: NonNullable<Evaluation["classification"]>,
  classes: readonly string[],
): string {
  const head = classes.map((name) => `<th scope="col">called ${escapeHtml(name)}</th>`);
  const rows = confusion.map((row, k) => {
    const sum = Math.max(
      1,
      row.reduce((total, count) => total + count, 0),
    );
    const cells = row.map(
      (count) =>
        `<td style="--share:${(count / sum).toFixed(2)}">${count}<br><small>${((100 * count) / sum).toFixed(0)} %</small></td>`,
    );
    return `<tr><th scope="row">${escapeHtml(classes[k] ?? "")}</th>${cells.join("")}</tr>`;
  });
  return `<table class="matrix"><caption>Confusion: rows are true classes, columns the called ones (highest probability)</caption>
<thead><tr><th scope="col">true</th>${head.join("")}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}
