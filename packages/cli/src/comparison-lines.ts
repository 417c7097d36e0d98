import {
  type Comparison,
  comparisonNotes,
  differenceTable,
  type ComparisonTable,
  valueTable,
} from "@hermes-us/hermes";
import { textTable } from "./text-table.js";

/** What `hermes compare` prints for people; a decided best value has a star. */
export function comparisonLines(comparison: Comparison): string[] {
  return [
    `${comparison.dataTitle}, ${comparison.part}; baseline ${comparison.baseline}`,
    "",
    ...comparison.metrics.flatMap((metric) => linesOf(valueTable(comparison, metric))),
    ...linesOf(differenceTable(comparison)),
    ...comparisonNotes(comparison).map((note) => `note: ${note.replace("set in bold", "starred")}`),
  ];
}

function linesOf({ title, head, rows }: ComparisonTable): string[] {
  const body = rows.map((row) => row.map(({ text, weight }) => (weight === "best" ? `${text} *` : text)));
  return [title, ...textTable([head, ...body]), ""];
}
