import { z } from "zod";
import { byCodeUnit } from "../data/order.js";
import type { Key } from "../random.js";
import { type Estimate, estimateSchema } from "./estimate.js";
import type { ImageResult } from "./image-result.js";
import { classificationEstimates, segmentationEstimates } from "./measure-images.js";

export const subgroupSchema = z.strictObject({
  /** What the images are told apart by: `device`. */
  trait: z.string(),
  /** `null`: the images of which it is not known. */
  value: z.string().nullable(),
  images: z.number().int(),
  dice: estimateSchema.nullable(),
  auroc: estimateSchema.nullable(),
  accuracy: estimateSchema.nullable(),
});
export type Subgroup = z.output<typeof subgroupSchema>;

interface Trait {
  readonly name: string;
  /** In this order where given; other values by code unit. */
  readonly order?: readonly string[];
  valueOf(image: ImageResult): string | null;
}

/** Attributes of manifests that are worth a table; others are names and free text. */
const ATTRIBUTES = { device: "device", birads: "BI-RADS", tirads: "TI-RADS", calipers: "calipers burned in" };
/** More values than this are no groups. */
const MAX_VALUES = 20;
const RESAMPLES = 2000;

/**
 * Results by lesion size, class, and what the set tells of its images. A trait with one value alone is left out.
 * The intervals are not corrected for their number: they show where to look, they prove nothing.
 */
export function subgroupsOf(
  images: readonly ImageResult[],
  classes: readonly string[],
  source: Key,
): Subgroup[] {
  const traits: Trait[] = [
    sizeTrait(images),
    { name: "class", order: classes, valueOf: ({ className }) => className },
    ...Object.entries(ATTRIBUTES).map(
      ([key, name]): Trait => ({
        name,
        valueOf: ({ attributes }) => (attributes[key] === undefined ? null : String(attributes[key])),
      }),
    ),
  ];
  return traits.flatMap((trait) => groupsOf(trait, images, classes, source));
}

function groupsOf(
  trait: Trait,
  images: readonly ImageResult[],
  classes: readonly string[],
  source: Key,
): Subgroup[] {
  const members = new Map<string | null, ImageResult[]>();
  for (const image of images) {
    const value = trait.valueOf(image);
    members.set(value, [...(members.get(value) ?? []), image]);
  }
  const known = [...members.keys()].filter((value) => value !== null);
  if (known.length < 2 || known.length > MAX_VALUES) return [];
  const order = trait.order ?? known.sort(byCodeUnit);
  const values = [...order.filter((value) => members.has(value)), ...(members.has(null) ? [null] : [])];
  return values.map((value) => {
    const own = members.get(value)!;
    const key = source.fork("subgroup", trait.name, value ?? "unknown");
    const options = { resamples: RESAMPLES };
    const { dice } = segmentationEstimates(own, key, { ...options, only: ["dice"] });
    const { auroc, accuracy } = classificationEstimates(own, classes, key, {
      ...options,
      only: ["auroc", "accuracy"],
    });
    return {
      trait: trait.name,
      value,
      images: own.length,
      dice: defined(dice),
      auroc: defined(auroc),
      accuracy: defined(accuracy),
    };
  });
}

function defined(estimate: Estimate | undefined): Estimate | null {
  return estimate === undefined || estimate.value === null ? null : estimate;
}

/** Thirds by the share of the image that the lesion covers. */
function sizeTrait(images: readonly ImageResult[]): Trait {
  const shareOf = ({ segmentation, widthPx, heightPx }: ImageResult): number | null =>
    segmentation === null || segmentation.truthAreaPx === 0
      ? null
      : segmentation.truthAreaPx / (widthPx * heightPx);
  const shares = images.flatMap((image) => shareOf(image) ?? []).sort((a, b) => a - b);
  const [low = 0, high = 0] = [1, 2].map((third) => shares[Math.floor((third * shares.length) / 3)] ?? 0);
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const order = [
    `small, below ${percent(low)} of the image`,
    `middle, ${percent(low)} to ${percent(high)}`,
    `large, from ${percent(high)}`,
  ];
  return {
    name: "lesion size",
    order,
    valueOf: (image) => {
      const share = shareOf(image);
      if (share === null) return null;
      return order[share < low ? 0 : share < high ? 1 : 2]!;
    },
  };
}
