import { METRICS, type MetricName, metricTitle } from "../metric-info.js";
import { chart, type Series, type SeriesColour } from "../report/chart.js";
import { type Cell, escapeHtml, htmlPage, htmlTable } from "../report/html.js";
import { PAGE_STYLE } from "../report/style.js";
import type { Comparison } from "./compare-evaluations.js";
import { comparisonNotes, differenceTable, type ComparisonTable, valueTable } from "./comparison-tables.js";

/** @returns a page with tables and label-budget curves that needs no other file */
export function comparisonPage(comparison: Comparison): string {
  const { metrics, dataTitle, part, arms, cells } = comparison;
  const runs = cells.reduce((sum, cell) => sum + cell.runs.length, 0);
  const lead = `<p>${escapeHtml(dataTitle)}, ${escapeHtml(part)}: ${runs} runs of ${arms.length} methods; baseline ${escapeHtml(comparison.baseline)}.</p>`;
  const notes = comparisonNotes(comparison).map((note) => `<li>${escapeHtml(note)}</li>`);
  return htmlPage(
    `Comparison of ${arms.length} methods`,
    lead,
    [
      {
        id: "curves",
        title: "Score by number of labels",
        html: `<div class="charts">${metrics.map((metric) => budgetCurve(comparison, metric)).join("\n")}</div>`,
      },
      {
        id: "values",
        title: "Values",
        html: metrics.map((metric) => tableHtml(valueTable(comparison, metric))).join("\n"),
      },
      { id: "differences", title: "Differences", html: tableHtml(differenceTable(comparison)) },
      { id: "reading", title: "How to read this", html: `<ul>${notes.join("")}</ul>` },
    ],
    PAGE_STYLE,
  );
}

function tableHtml({ title, head, rows }: ComparisonTable): string {
  return htmlTable(
    title,
    head.map((name) => ({ title: name, align: "text" })),
    rows.map((row) =>
      row.map(
        ({ text, weight }): Cell => (weight === "best" ? { html: `<b>${escapeHtml(text)}</b>` } : text),
      ),
    ),
  );
}

const COLOURS: readonly SeriesColour[] = [1, 2, 3, 4, 5, 6];

/** Mean by number of labelled images, on a logarithmic scale; bars are ± sd over trainings, or a run's interval. */
export function budgetCurve({ arms, cells, budgets }: Comparison, metric: MetricName): string {
  const known = cells.filter((cell) => cell.metrics[metric] !== undefined);
  const sizes = [...new Set(known.map(({ labelledImages }) => labelledImages))].sort((a, b) => a - b);
  const series = arms.map((arm, i): Series => {
    const own = known.filter((cell) => cell.arm === arm).sort((a, b) => a.labelledImages - b.labelledImages);
    return {
      name: arm,
      colour: COLOURS[i % COLOURS.length]!,
      stroke: i < COLOURS.length ? "solid" : "dashed",
      marks: "dots",
      // A little apart, so that bars of several methods do not hide each other.
      points: own.map((cell) => [
        Math.log2(cell.labelledImages) + (i - (arms.length - 1) / 2) * 0.03,
        cell.metrics[metric]!.seeds.mean!,
      ]),
      intervals: own.map((cell) => barOf(cell.metrics[metric]!)),
    };
  });
  const values = series.flatMap(({ points, intervals }) => [
    ...points.map(([, value]) => value),
    ...(intervals ?? []).flatMap((interval) => interval ?? []),
  ]);
  const [low, high] = paddedRange(values);
  return chart({
    title: metricTitle(metric),
    description: `${metricTitle(metric)} by number of labels (${budgets.join(", ")}): ${series.map(({ name, points }) => `${name} ${points.map(([, value]) => value.toFixed(METRICS[metric].digits)).join(", ")}`).join("; ")}`,
    x: {
      title: "labelled images",
      low: Math.log2(sizes[0] ?? 1) - 0.25,
      high: Math.log2(sizes.at(-1) ?? 2) + 0.25,
      ticks: sizes.map((size) => ({ at: Math.log2(size), text: String(size) })),
    },
    y: { title: metricTitle(metric), low, high },
    series,
  });
}

function barOf({ seeds, runs }: NonNullable<Comparison["cells"][number]["metrics"][MetricName]>) {
  if (seeds.mean !== null && seeds.sd !== null)
    return [seeds.mean - seeds.sd, seeds.mean + seeds.sd] as const;
  const [first] = runs;
  return first === undefined || first.low === null || first.high === null
    ? null
    : ([first.low, first.high] as const);
}

function paddedRange(values: readonly number[]): [number, number] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const room = Math.max((high - low) * 0.1, 1e-3);
  return [low - room, high + room];
}
