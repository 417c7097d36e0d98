import { formatMetric, METRICS, type MetricName, metricTitle } from "../metric-info.js";
import type { ComparedDifference, Comparison } from "./compare-evaluations.js";

/** A table as text, for every form of output. */
export interface ComparisonTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly { readonly text: string; readonly weight: "plain" | "best" }[])[];
}

/** Arms x label budgets of one metric: mean ± sd over trainings; of a single run its interval over patients. */
export function valueTable(comparison: Comparison, metric: MetricName): ComparisonTable {
  const { arms, budgets, cells, best } = comparison;
  return {
    title: `${metricTitle(metric)}, ${METRICS[metric].direction === "higher-is-better" ? "higher" : "lower"} is better`,
    head: ["method", ...budgets.map((labels) => `${labels} labels`)],
    rows: arms.map((arm) => [
      { text: arm, weight: "plain" },
      ...budgets.map((labels) => {
        const cell = cells.find((one) => one.arm === arm && one.labels === labels);
        const weight = best[metric]?.[labels] === arm ? ("best" as const) : ("plain" as const);
        return { text: valueText(cell?.metrics[metric], metric), weight };
      }),
    ]),
  };
}

type CellMetric = NonNullable<Comparison["cells"][number]["metrics"][MetricName]>;

function valueText(found: CellMetric | undefined, metric: MetricName): string {
  if (found === undefined) return "–";
  const { seeds, runs } = found;
  if (seeds.sd !== null) {
    return `${formatMetric(metric, seeds.mean)} ± ${formatMetric(metric, seeds.sd)} (n = ${seeds.runs})`;
  }
  const { value, low, high } = runs[0]!;
  return low === null
    ? formatMetric(metric, value)
    : `${formatMetric(metric, value)} [${formatMetric(metric, low)}, ${formatMetric(metric, high)}]`;
}

const VERDICTS = { "a-better": "better", "b-better": "worse", undecided: "undecided" } as const;

/** Every difference to the baseline with its intervals and tests. */
export function differenceTable(comparison: Comparison): ComparisonTable {
  return {
    title: `Differences to ${comparison.baseline}`,
    head: [
      "metric",
      "labels",
      "method",
      "difference",
      "over patients",
      "over trainings",
      "pairs",
      "p",
      "p (Holm)",
      "verdict",
    ],
    rows: comparison.differences.map((one) =>
      [
        metricTitle(one.metric),
        one.labels,
        one.a,
        signed(one.metric, one.mean),
        intervalText(one, "overPatients"),
        intervalText(one, "overPairs"),
        String(one.pairs.length),
        pText(one.pValue),
        pText(one.adjustedPValue),
        VERDICTS[one.verdict],
      ].map((text) => ({ text, weight: "plain" })),
    ),
  };
}

function signed(metric: MetricName, value: number | null): string {
  const text = formatMetric(metric, value);
  return value !== null && value > 0 ? `+${text}` : text;
}

function intervalText(one: ComparedDifference, which: "overPatients" | "overPairs"): string {
  const interval = one[which];
  return interval === null
    ? "–"
    : `${signed(one.metric, interval.low)} to ${signed(one.metric, interval.high)}`;
}

const SMALL_P = 0.001;

function pText(p: number | null): string {
  if (p === null) return "–";
  return p < SMALL_P ? "< 0.001" : p.toFixed(3);
}

/** What has to be said below the tables. */
export function comparisonNotes({ notes }: Comparison): string[] {
  return [
    "± is the sd over trainings (splits and seeds); square brackets are a 95 % interval over patients of a single run. The two are never added up.",
    "A difference is decided only if every interval that there is excludes 0; a value is set in bold only if its difference to every other method at that budget is decided.",
    "p: Student's t over pairs of the same split and seed; with one pair, the bootstrap over patients. Holm's correction over all differences of one metric.",
    ...notes,
  ];
}

export function markdownTable({ title, head, rows }: ComparisonTable): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    `### ${title}`,
    "",
    line(head),
    line(head.map(() => "---")),
    ...rows.map((row) => line(row.map(({ text, weight }) => (weight === "best" ? `**${text}**` : text)))),
    "",
  ].join("\n");
}

export function comparisonMarkdown(comparison: Comparison): string {
  const { metrics, dataTitle, part } = comparison;
  return [
    `# Comparison on ${dataTitle}, ${part}`,
    "",
    ...metrics.map((metric) => markdownTable(valueTable(comparison, metric))),
    markdownTable(differenceTable(comparison)),
    ...comparisonNotes(comparison).map((note) => `- ${note}`),
    "",
  ].join("\n");
}

/** One line per run and metric, then one per pair and difference. */
export function comparisonCsv({ cells, differences }: Comparison): string {
  const head = [
    "kind",
    "metric",
    "method",
    "against",
    "labels",
    "run",
    "split",
    "seed",
    "value",
    "low",
    "high",
  ];
  const values = cells.flatMap(({ arm, labels, runs, metrics }) =>
    Object.entries(metrics).flatMap(([metric, { runs: estimates }]) =>
      estimates.map(({ value, low, high }, i) => {
        const run = runs[i]!;
        return ["value", metric, arm, "", labels, run.id, run.split, run.seed, value, low, high];
      }),
    ),
  );
  const pairs = differences.flatMap(({ metric, labels, a, b, pairs: own }) =>
    own.map(({ split, seed, difference: { value, interval } }) => [
      "difference",
      metric,
      a,
      b,
      labels,
      "",
      split,
      seed,
      value,
      interval?.low ?? null,
      interval?.high ?? null,
    ]),
  );
  const cellText = (cell: string | number | null) => {
    const text = cell === null ? "" : String(cell);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return `${[head, ...values, ...pairs].map((row) => row.map(cellText).join(",")).join("\r\n")}\r\n`;
}
