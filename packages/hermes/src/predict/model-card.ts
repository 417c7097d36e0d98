import { z } from "zod";

/** Raised whenever an older reader would misunderstand the file. */
export const MODEL_FORMAT = "1";

const precisionNames = ["float32", "float16", "int8"] as const;
export type Precision = (typeof precisionNames)[number];

/** What stays when the least certain share of images is handed to a person. */
const selectivePointSchema = z.strictObject({
  /** Share of images that are kept. */
  coverage: z.number(),
  /** Wrong classes among the kept; `null` without labels. */
  errorRate: z.number().nullable(),
  /** Mean Dice of the kept; `null` without outlines. */
  dice: z.number().nullable(),
});
export type SelectivePoint = z.output<typeof selectivePointSchema>;

/** Below either threshold the model abstains. */
const abstentionSchema = z.strictObject({
  classConfidence: z.number(),
  maskConfidence: z.number(),
  fittedOn: z.literal("validation"),
  images: z.number().int(),
  /** What the two thresholds keep on validation. */
  kept: selectivePointSchema,
  /** Both confidences cut at the same share of images, from keeping all to keeping few. */
  curve: z.array(selectivePointSchema),
});
export type Abstention = z.output<typeof abstentionSchema>;

const measuredSchema = z.strictObject({
  value: z.number().nullable(),
  /** 95 %, resampling patients. */
  interval: z.tuple([z.number(), z.number()]).nullable(),
});
export type Measured = z.output<typeof measuredSchema>;

const metricsSchema = z.strictObject({
  part: z.literal("validation"),
  images: z.number().int(),
  patients: z.number().int(),
  dice: measuredSchema,
  auroc: measuredSchema,
  accuracy: measuredSchema,
});
export type CardMetrics = z.output<typeof metricsSchema>;

/** All that a model file says of itself, in its metadata. */
export const modelCardSchema = z.strictObject({
  format: z.literal(MODEL_FORMAT),
  title: z.string(),
  intendedUse: z.string(),
  classes: z.array(z.string()).min(2),
  precision: z.enum(precisionNames),
  /** Images per run; 1 is a model without a batch axis. */
  batch: z.number().int().positive(),
  sidePx: z.number().int().positive(),
  aspect: z.enum(["stretch", "letterbox"]),
  /** A pixel is lesion above this probability. */
  maskThreshold: z.number(),
  abstention: abstentionSchema.nullable(),
  metrics: metricsSchema.nullable(),
  /** The training plan, word for word. */
  plan: z.record(z.string(), z.unknown()),
  planHash: z.string(),
  data: z.strictObject({
    title: z.string(),
    manifestHash: z.string(),
    splitHash: z.string(),
    licence: z.string(),
    citation: z.string().nullable(),
  }),
  codeVersion: z.string(),
});
export type ModelCard = z.output<typeof modelCardSchema>;

const PREFIX = "hermes.";
const WEIGHTS_KEY = "hermes.weightsSha256";

/** @returns one entry per field, texts as they are, the rest as JSON */
export function cardMetadata(card: ModelCard, weightsSha256: string): Record<string, string> {
  const entries = Object.entries(card).map(([key, value]) => [
    PREFIX + key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return { ...Object.fromEntries(entries), [WEIGHTS_KEY]: weightsSha256 };
}

export interface ReadCard {
  readonly card: ModelCard;
  readonly weightsSha256: string;
}

/** What stands in the way of reading a card. */
export type CardFault =
  | { readonly kind: "foreign" }
  | { readonly kind: "version"; readonly version: string }
  | { readonly kind: "broken"; readonly detail: string };

const TEXT_FIELDS: readonly string[] = [
  "format",
  "title",
  "intendedUse",
  "precision",
  "aspect",
  "planHash",
  "codeVersion",
];

export function readCard(metadata: Readonly<Record<string, string>>): ReadCard | CardFault {
  const version = metadata[`${PREFIX}format`];
  if (version === undefined) return { kind: "foreign" };
  if (version !== MODEL_FORMAT) return { kind: "version", version };
  const fields: Record<string, unknown> = {};
  try {
    for (const [key, text] of Object.entries(metadata)) {
      if (!key.startsWith(PREFIX) || key === WEIGHTS_KEY) continue;
      const field = key.slice(PREFIX.length);
      fields[field] = TEXT_FIELDS.includes(field) ? text : JSON.parse(text);
    }
  } catch (error) {
    return { kind: "broken", detail: String(error) };
  }
  const parsed = modelCardSchema.safeParse(fields);
  if (!parsed.success) return { kind: "broken", detail: z.prettifyError(parsed.error).replaceAll("\n", " ") };
  return { card: parsed.data, weightsSha256: metadata[WEIGHTS_KEY] ?? "" };
}
