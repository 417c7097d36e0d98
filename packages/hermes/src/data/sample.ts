import { z } from "zod";

/**
 * The manifest: one JSON line of header, then one JSON line per image. It is the only description of a data
 * set that the rest of Hermes reads; importers end in it, splits and audits refer to its ids.
 */

/** A path below the data root, with forward slashes, never absolute, never leaving the root. */
const relativePath = z
  .string()
  .min(1)
  .refine((path) => !path.startsWith("/") && !path.includes("\\") && !path.split("/").includes(".."), {
    message: "must be a relative path with forward slashes that stays inside the data folder",
  });

/** Where one lesion's outline comes from. Several masks of an image are united. */
export const maskSourceSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("file"), path: relativePath, sha256: z.string().length(64) }),
  z.strictObject({
    kind: z.literal("polygon"),
    /** Vertices [x, y] in pixels of the image, origin at the top left corner of the top left pixel. */
    pointsPx: z.array(z.tuple([z.number(), z.number()])).min(3),
  }),
]);
export type MaskSource = z.output<typeof maskSourceSchema>;

export const sampleSchema = z.strictObject({
  /** Unique in the manifest and stable: the image's relative path without its extension. */
  id: z.string().min(1),
  image: relativePath,
  widthPx: z.number().int().positive(),
  heightPx: z.number().int().positive(),
  /** `null`: no outline is known. `[]`: known to hold no lesion. */
  masks: z.array(maskSourceSchema).nullable(),
  /** `null`: no class is known. */
  className: z.string().min(1).nullable(),
  /** Patient or case; images of one group never go to different splits. `null`: unknown, the image stands alone. */
  group: z.string().min(1).nullable(),
  /** In the file but left out of training and splits by default, with the reason (BUSI's normal images). */
  excluded: z.string().min(1).nullable(),
  /** Name of the set, `busi`, or what the user calls it. */
  source: z.string().min(1),
  licence: z.string().min(1),
  /** Of the image file's bytes, lower-case hex. */
  sha256: z.string().length(64),
  /** Whatever else the set tells: BI-RADS, TI-RADS, device, histology, fold. */
  attributes: z.record(z.string(), z.union([z.string(), z.number()])),
});
export type Sample = z.output<typeof sampleSchema>;

export const manifestHeaderSchema = z.strictObject({
  kind: z.literal("hermes-manifest"),
  version: z.literal(1),
  /** The importer that wrote it. */
  format: z.string().min(1),
  title: z.string().min(1),
  /** Folder that all paths are below, relative to the manifest's own folder. */
  root: z.string().min(1),
  /** Names of the classes to tell apart, in the order of the class index; the last one is the positive class. */
  classes: z.array(z.string().min(1)).min(2),
  licence: z.string().min(1),
  citation: z.string().nullable(),
});
export type ManifestHeader = z.output<typeof manifestHeaderSchema>;

export interface Manifest {
  readonly header: ManifestHeader;
  readonly samples: readonly Sample[];
}
