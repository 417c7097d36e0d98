import { z } from "zod";
import { measureLesions, type LesionSize } from "../metrics/lesion-measures.js";
import type { SpacingMm } from "../metrics/binary-mask.js";
import type { Prediction } from "../predict/model.js";

const sizeSchema = z.strictObject({
  area: z.number(),
  majorAxis: z.number(),
  minorAxis: z.number(),
  feretMax: z.number(),
  feretMin: z.number(),
});

/** One line of predictions.jsonl. */
export const predictionRecordSchema = z.strictObject({
  /** As it was found. */
  image: z.string(),
  /** Below the folder of results. */
  mask: z.string(),
  overlay: z.string().nullable(),
  widthPx: z.number().int(),
  heightPx: z.number().int(),
  className: z.string(),
  classProbs: z.record(z.string(), z.number()),
  classConfidence: z.number(),
  maskConfidence: z.number(),
  abstains: z.enum(["yes", "no", "not-fitted"]),
  lesionCount: z.number().int(),
  /** The largest ones, largest first. Areas in squares of the unit. */
  lesions: z.array(
    z.strictObject({
      centroidPx: z.strictObject({ x: z.number(), y: z.number() }),
      px: sizeSchema,
      mm: sizeSchema.nullable(),
    }),
  ),
  remarks: z.array(z.string()),
});
export type PredictionRecord = z.output<typeof predictionRecordSchema>;

/** Such an image has a class all the same, however likely it is said to be. */
const NOTHING_OUTLINED = "nothing outlined: the class tells nothing of a lesion";

/** Specks beyond these are counted, not described. */
const LARGEST_LESIONS = 10;

export interface RecordPlace {
  readonly image: string;
  readonly mask: string;
  readonly overlay: string | null;
}

export function predictionRecord(
  place: RecordPlace,
  prediction: Prediction,
  spacingMm: SpacingMm | null,
  remarks: readonly string[],
): PredictionRecord {
  const { widthPx, heightPx, className, classProbs, classConfidence, maskConfidence, abstains, mask } =
    prediction;
  const lesions = measureLesions({ widthPx, heightPx, data: mask }, spacingMm);
  return {
    ...place,
    widthPx,
    heightPx,
    className,
    classProbs: Object.fromEntries(classProbs),
    classConfidence,
    maskConfidence,
    abstains,
    lesionCount: lesions.length,
    lesions: lesions.slice(0, LARGEST_LESIONS).map(({ centroidPx, px, mm }) => ({ centroidPx, px, mm })),
    remarks: lesions.length === 0 ? [...remarks, NOTHING_OUTLINED] : [...remarks],
  };
}

const SIZE_COLUMNS: readonly (keyof LesionSize)[] = ["area", "majorAxis", "minorAxis"];
const SQUARE: readonly (keyof LesionSize)[] = ["area"];

/** @param classes in the order of the model */
export function csvHeader(classes: readonly string[]): string {
  const sizes = (["Px", "Mm"] as const).flatMap((unit) =>
    SIZE_COLUMNS.map((name) => `largest_${name}${unit}${SQUARE.includes(name) ? "2" : ""}`),
  );
  return csvLine([
    ...["image", "mask", "widthPx", "heightPx", "class"],
    ...classes.map((name) => `prob_${name}`),
    ...["classConfidence", "maskConfidence", "abstains", "lesions"],
    ...sizes,
    "remarks",
  ]);
}

export function csvRow(record: PredictionRecord, classes: readonly string[]): string {
  const largest = record.lesions[0];
  const sizes = [largest?.px, largest?.mm].flatMap((size) =>
    SIZE_COLUMNS.map((name) => size?.[name].toFixed(2) ?? ""),
  );
  return csvLine([
    record.image,
    record.mask,
    String(record.widthPx),
    String(record.heightPx),
    record.className,
    ...classes.map((name) => (record.classProbs[name] ?? Number.NaN).toFixed(6)),
    record.classConfidence.toFixed(6),
    record.maskConfidence.toFixed(6),
    record.abstains,
    String(record.lesionCount),
    ...sizes,
    record.remarks.join("; "),
  ]);
}

/** RFC 4180. */
function csvLine(cells: readonly string[]): string {
  return cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(",");
}
