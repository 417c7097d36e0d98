import { z } from "zod";

const probability = z.number().min(0).max(1);
const range = z
  .tuple([z.number(), z.number()])
  .refine(([low, high]) => low <= high, { message: "the first number must not be above the second" });

/** One way to move an image; of several at most one is taken, the rest of the probability leaves it as it is. */
const moveSchema = z.strictObject({
  probability,
  quarterTurns: z.enum(["none", "any"]).default("none"),
  /** `horizontal` mirrors left and right in half of the cases; `one-axis` always mirrors along one of the two. */
  mirror: z.enum(["none", "horizontal", "one-axis"]).default("none"),
  rotationDeg: range.default([0, 0]),
  /** Side of the part shown, as a share of the image's side; below 1 enlarges. */
  cropShare: range.default([1, 1]),
});
export type Move = z.output<typeof moveSchema>;

const toneSchemas = [
  /** Factor on all grey levels. */
  z.strictObject({ op: z.literal("brightness"), probability, factor: range }),
  /** Factor on the distance from the image's mean. */
  z.strictObject({ op: z.literal("contrast"), probability, factor: range }),
  /** Exponent, drawn evenly on a log scale. */
  z.strictObject({ op: z.literal("gamma"), probability, exponent: range }),
  /** Gaussian; sigma as a share of the image's side. */
  z.strictObject({ op: z.literal("blur"), probability, sigmaShare: range }),
  /** Multiplicative noise with a grain wider than high, as a scanner's; standard deviation relative to the level. */
  z.strictObject({ op: z.literal("speckle"), probability, deviation: range }),
  /** Number of grey levels left. */
  z.strictObject({ op: z.literal("posterise"), probability, levels: range }),
  /** Share of the histogram-equalised image mixed in; black stays black. */
  z.strictObject({ op: z.literal("equalise"), probability, share: range }),
  /** Gain that changes smoothly with depth (image row), as set by the sliders of a scanner; in decibels. */
  z.strictObject({ op: z.literal("time-gain"), probability, maxDb: z.number().positive() }),
] as const;
const toneSchema = z.discriminatedUnion("op", toneSchemas);
export type Tone = z.output<typeof toneSchema>;
export type ToneName = Tone["op"];

/**
 * How images are varied in training: data, not code. Labelled images and the weak view are moved; the strong
 * view is the weak one with `strongTones` on top, so that it always shares its geometry.
 */
export const augmentationPolicySchema = z.strictObject({
  name: z.string().min(1),
  moves: z
    .array(moveSchema)
    .refine((moves) => moves.reduce((sum, move) => sum + move.probability, 0) <= 1 + 1e-9, {
      message: "the probabilities of the moves must not add up to more than 1",
    }),
  /** Applied to labelled images only. */
  labelledTones: z.array(toneSchema),
  strongTones: z.array(toneSchema),
});
export type AugmentationPolicy = z.output<typeof augmentationPolicySchema>;
