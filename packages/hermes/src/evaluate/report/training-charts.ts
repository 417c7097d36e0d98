import { z } from "zod";
import { chart, type Series, type SeriesColour } from "./chart.js";

const stepSchema = z.object({
  kind: z.literal("step"),
  step: z.number(),
  loss: z.number().nullable(),
  terms: z.record(z.string(), z.number().nullable()),
});
const validationSchema = z.object({
  kind: z.literal("validation"),
  step: z.number(),
  scores: z.object({ dice: z.number().nullable(), auroc: z.number().nullable() }),
  best: z.enum(["yes", "no"]),
});

/** What a report draws of a run's events; the rest of them is left aside. */
export interface TrainingCurves {
  readonly steps: readonly z.output<typeof stepSchema>[];
  readonly validations: readonly z.output<typeof validationSchema>[];
}

/** @param lines of events.jsonl; lines that are cut off or of another kind are passed over */
export function trainingCurves(lines: readonly string[]): TrainingCurves {
  const values = lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as unknown];
    } catch {
      return [];
    }
  });
  const read = <T>(schema: z.ZodType<T>): T[] =>
    values.flatMap((value) => {
      const parsed = schema.safeParse(value);
      return parsed.success ? [parsed.data] : [];
    });
  // A resumed run tells some steps twice; the later ones count.
  const last = <T extends { readonly step: number }>(events: readonly T[]): T[] =>
    [...new Map(events.map((event) => [event.step, event])).values()].sort((a, b) => a.step - b.step);
  return { steps: last(read(stepSchema)), validations: last(read(validationSchema)) };
}

const MAX_POINTS = 400;
const COLOURS: readonly SeriesColour[] = [1, 2, 3, 4, 5, 6];

/** @returns loss with its terms, and the scores on validation; empty without events */
export function trainingCharts({ steps, validations }: TrainingCurves): string {
  const stride = Math.max(1, Math.ceil(steps.length / MAX_POINTS));
  const thin = steps.filter((_, i) => i % stride === 0 || i === steps.length - 1);
  const end = Math.max(1, steps.at(-1)?.step ?? 0, validations.at(-1)?.step ?? 0);
  const terms = [...new Set(thin.flatMap(({ terms: own }) => Object.keys(own)))].slice(0, COLOURS.length - 1);
  const lossSeries = [
    seriesOf(
      "loss",
      6,
      thin.map(({ step, loss }) => [step, loss]),
    ),
    ...terms.map((name, i) =>
      seriesOf(
        name,
        COLOURS[i]!,
        thin.map(({ step, terms: own }) => [step, own[name] ?? null]),
      ),
    ),
  ];
  const highest = Math.max(1e-6, ...lossSeries.flatMap(({ points }) => points.map(([, value]) => value)));
  const best = validations.findLast((event) => event.best === "yes");
  const loss =
    thin.length === 0
      ? ""
      : chart({
          title: "Loss and its terms (before weighting) in training",
          description: `Training loss over ${end} steps, from ${thin[0]?.loss?.toFixed(3)} to ${thin.at(-1)?.loss?.toFixed(3)}`,
          x: { title: "optimiser steps", low: 0, high: end },
          y: { title: "loss", low: 0, high: highest },
          series: lossSeries,
        });
  const scores =
    validations.length === 0
      ? ""
      : chart({
          title: `Scores on validation${best === undefined ? "" : `; weights of step ${best.step} were kept`}`,
          description: `Validation Dice and AUROC at ${validations.length} points of training`,
          x: { title: "optimiser steps", low: 0, high: end },
          y: { title: "score", low: 0, high: 1 },
          below: (place) =>
            best === undefined
              ? ""
              : `<path class="guide" d="M${place.x(best.step)} ${place.y(0)}L${place.x(best.step)} ${place.y(1)}"/>`,
          series: [
            seriesOf(
              "Dice",
              1,
              validations.map(({ step, scores: { dice } }) => [step, dice]),
            ),
            {
              ...seriesOf(
                "AUROC",
                2,
                validations.map(({ step, scores: { auroc } }) => [step, auroc]),
              ),
              stroke: "dashed",
            },
          ],
        });
  return loss === "" && scores === "" ? "" : `<div class="charts">${loss}${scores}</div>`;
}

function seriesOf(
  name: string,
  colour: SeriesColour,
  points: readonly (readonly [number, number | null])[],
): Series {
  const known = points.flatMap(([x, y]) => (y === null ? [] : [[x, y] as const]));
  return { name, colour, points: known };
}
