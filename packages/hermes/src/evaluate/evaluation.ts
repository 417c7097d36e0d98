import { z } from "zod";
import { UserError } from "../errors.js";
import { estimateSchema } from "./estimate.js";
import { imageResultSchema } from "./image-result.js";
import { operatingPointSchema } from "./operating-points.js";
import { runFactsSchema } from "./run-facts.js";
import { subgroupSchema } from "./subgroups.js";

/** Which images were evaluated. */
export const EVALUATION_PARTS = ["test", "val", "all", "ids"] as const;
export type EvaluationPart = (typeof EVALUATION_PARTS)[number];

const emptyCasesSchema = z.strictObject({
  "neither-empty": z.number().int(),
  "both-empty": z.number().int(),
  "truth-empty": z.number().int(),
  "prediction-empty": z.number().int(),
});

const metricsSchema = z.record(z.string(), estimateSchema);

const segmentationSchema = z.strictObject({
  images: z.number().int(),
  metrics: metricsSchema,
  truthLesions: z.number().int(),
  predictedLesions: z.number().int(),
  emptyCases: emptyCasesSchema,
  surfaceTolerances: z.array(
    z.strictObject({ value: z.number(), unit: z.enum(["mm", "px"]), images: z.number().int() }),
  ),
});

const classificationSchema = z.strictObject({
  images: z.number().int(),
  metrics: metricsSchema,
  positive: z.string(),
  imagesPerClass: z.array(z.number().int()),
  /** K x K: rows are true classes, columns the called ones. */
  confusion: z.array(z.array(z.number())),
  /** Empty where no thresholds fitted on validation are known. */
  operatingPoints: z.array(operatingPointSchema),
});

export const evaluationSchema = z.strictObject({
  kind: z.literal("hermes-evaluation"),
  version: z.literal(1),
  /** ISO 8601, UTC. */
  time: z.string(),
  codeVersion: z.string(),
  run: runFactsSchema,
  data: z.strictObject({
    title: z.string(),
    format: z.string(),
    licence: z.string(),
    citation: z.string().nullable(),
    manifestHash: z.string(),
    /** `own`: the set that the run was trained on; `other`: another one. */
    relation: z.enum(["own", "other"]),
    part: z.enum(EVALUATION_PARTS),
    /** SHA-256 over the ids and files evaluated, in code-unit order. */
    imagesHash: z.string(),
    images: z.number().int(),
    /** Patients or cases that are known. */
    groups: z.number().int(),
  }),
  /** How often the test part of this split (of this set, for another one) was opened; `null` where nothing counts it. */
  testLooks: z.strictObject({ all: z.number().int(), byThisRun: z.number().int() }).nullable(),
  /** Remarks that change how the numbers are to be read. */
  notes: z.array(z.string()),
  segmentation: segmentationSchema.nullable(),
  classification: classificationSchema.nullable(),
  subgroups: z.array(subgroupSchema),
  images: z.array(imageResultSchema),
});
export type Evaluation = z.output<typeof evaluationSchema>;

/** @throws UserError naming the field that is wrong */
export function parseEvaluation(text: string, path: string): Evaluation {
  try {
    return evaluationSchema.parse(JSON.parse(text));
  } catch (error) {
    const got = error instanceof z.ZodError ? z.prettifyError(error).replaceAll("\n", " ") : "no JSON";
    throw UserError.of(path, got, "what this version of `hermes evaluate` writes", "evaluate the run again");
  }
}
