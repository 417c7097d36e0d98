import { z } from "zod";
import { key, type Key } from "../random.js";
import { augmentationPolicySchema } from "./augment/policy.js";
import type { Affine } from "./augment/affine.js";
import { writeLabelledView, writeUnlabelledViews } from "./augment/views.js";
import type { PreparedImage } from "./prepared-image.js";
import { balancedSampler, type Draw, drawBatch, type Sampler, uniformSampler } from "./sampler.js";

/** N images with whatever is known of them. H = W = `sidePx`. */
export interface LabelledBatch {
  readonly sidePx: number;
  readonly ids: readonly string[];
  /** [N, 1, H, W], 0 to 1. */
  readonly image: Float32Array<ArrayBuffer>;
  /** [N, H, W], 0 background, 1 lesion; all 0 where `hasMask` is 0. */
  readonly mask: Int32Array<ArrayBuffer>;
  /** [N], index of the class; 0 where `hasClass` is 0. */
  readonly label: Int32Array<ArrayBuffer>;
  /** [N], 1 if the outline is known (an image known to hold no lesion included). */
  readonly hasMask: Float32Array<ArrayBuffer>;
  /** [N], 1 if the class is known. */
  readonly hasClass: Float32Array<ArrayBuffer>;
}

/** N images of which nothing is told: there is no field for a label. H = W = `sidePx`. */
export interface UnlabelledBatch {
  readonly sidePx: number;
  readonly ids: readonly string[];
  /** [N, 1, H, W], 0 to 1. */
  readonly weak: Float32Array<ArrayBuffer>;
  /** [N, 1, H, W]; the weak view's geometry with other tones. */
  readonly strong: Float32Array<ArrayBuffer>;
  /** A second strong view, drawn apart, for methods that compare two; `null` unless the plan asks for it. */
  readonly secondStrong: Float32Array<ArrayBuffer> | null;
  /** From each view to its prepared image; the same for all views of an image. */
  readonly affines: readonly Affine[];
}

export interface TrainingBatch {
  /** 0-based. */
  readonly step: number;
  readonly labelled: LabelledBatch;
  /** `null` without unlabelled images. */
  readonly unlabelled: UnlabelledBatch | null;
}

/** What a training image may be told about; ids without an entry are an error. */
export interface LabelSource {
  /** Index of the class, `null` if unknown. */
  labelOf(id: string): number | null;
}

/** All that decides which batches come: equal plans over an equal data set give equal batches. */
export const batchPlanSchema = z.strictObject({
  seed: z.union([z.number().int(), z.string()]),
  /** Side of the views, V. */
  sidePx: z.number().int().min(8).max(2048),
  aspect: z.enum(["stretch", "letterbox"]).default("letterbox"),
  policy: augmentationPolicySchema,
  labelledIds: z.array(z.string()).min(1),
  unlabelledIds: z.array(z.string()),
  /** Images per step. */
  labelledBatch: z.number().int().positive(),
  unlabelledBatch: z.number().int().positive(),
  /** `natural`: as often as they are in the set. `class-balanced`: every class equally often. */
  labelledBalance: z.enum(["natural", "class-balanced"]).default("natural"),
  strongViews: z.union([z.literal(1), z.literal(2)]).default(1),
});
export type BatchPlan = z.output<typeof batchPlanSchema>;

/** The images of one step, before any of them is loaded. */
export interface StepDraws {
  readonly labelled: readonly Draw[];
  readonly unlabelled: readonly Draw[];
}

/** A pure function from step to draws: position is the step alone, so that a run can go on anywhere. */
export function stepDraws(plan: BatchPlan, labels: LabelSource): (step: number) => StepDraws {
  const root = key(plan.seed).fork("batches");
  const labelled = labelledSampler(plan, labels, root.fork("labelled"));
  const unlabelled =
    plan.unlabelledIds.length > 0 ? uniformSampler(plan.unlabelledIds, root.fork("unlabelled")) : undefined;
  return (step) => ({
    labelled: drawBatch(labelled, step, plan.labelledBatch),
    unlabelled: unlabelled ? drawBatch(unlabelled, step, plan.unlabelledBatch) : [],
  });
}

function labelledSampler(plan: BatchPlan, labels: LabelSource, samplerKey: Key): Sampler {
  if (plan.labelledBalance === "natural") return uniformSampler(plan.labelledIds, samplerKey);
  const groups = new Map<string, string[]>();
  for (const id of plan.labelledIds) {
    const name = String(labels.labelOf(id));
    groups.set(name, [...(groups.get(name) ?? []), id]);
  }
  return balancedSampler(groups, samplerKey);
}

/** @param prepared by id, all ids of the step's draws */
export function assembleBatch(
  plan: BatchPlan,
  step: number,
  draws: StepDraws,
  labels: LabelSource,
  prepared: ReadonlyMap<string, PreparedImage>,
): TrainingBatch {
  const augmentKey = key(plan.seed).fork("augment");
  return {
    step,
    labelled: assembleLabelled(plan, draws.labelled, labels, prepared, augmentKey.fork("labelled")),
    unlabelled:
      draws.unlabelled.length > 0
        ? assembleUnlabelled(plan, draws.unlabelled, prepared, augmentKey.fork("unlabelled"))
        : null,
  };
}

function assembleLabelled(
  plan: BatchPlan,
  draws: readonly Draw[],
  labels: LabelSource,
  prepared: ReadonlyMap<string, PreparedImage>,
  augmentKey: Key,
): LabelledBatch {
  const area = plan.sidePx ** 2;
  const n = draws.length;
  const image = new Float32Array(n * area);
  const mask = new Int32Array(n * area);
  draws.forEach(({ id, epoch }, i) => {
    const target = { image: slot(image, i, area), mask: slot(mask, i, area) };
    writeLabelledView(found(prepared, id), plan.policy, augmentKey.fork(epoch, id), target);
  });
  const known = draws.map(({ id }) => labels.labelOf(id));
  return {
    sidePx: plan.sidePx,
    ids: draws.map(({ id }) => id),
    image,
    mask,
    label: Int32Array.from(known, (label) => label ?? 0),
    hasMask: Float32Array.from(draws, ({ id }) => (found(prepared, id).mask === null ? 0 : 1)),
    hasClass: Float32Array.from(known, (label) => (label === null ? 0 : 1)),
  };
}

function assembleUnlabelled(
  plan: BatchPlan,
  draws: readonly Draw[],
  prepared: ReadonlyMap<string, PreparedImage>,
  augmentKey: Key,
): UnlabelledBatch {
  const area = plan.sidePx ** 2;
  const make = () => new Float32Array(draws.length * area);
  const weak = make();
  const strong = make();
  const secondStrong = plan.strongViews === 2 ? make() : null;
  const strongViews = secondStrong === null ? [strong] : [strong, secondStrong];
  const affines = draws.map(({ id, epoch }, i) =>
    writeUnlabelledViews(found(prepared, id), plan.policy, augmentKey.fork(epoch, id), {
      weak: slot(weak, i, area),
      strong: strongViews.map((view) => slot(view, i, area)),
    }),
  );
  return { sidePx: plan.sidePx, ids: draws.map(({ id }) => id), weak, strong, secondStrong, affines };
}

function slot<T extends Float32Array | Int32Array>(array: T, i: number, length: number): T;
function slot(array: Float32Array | Int32Array, i: number, length: number): Float32Array | Int32Array {
  return array.subarray(i * length, (i + 1) * length);
}

function found(prepared: ReadonlyMap<string, PreparedImage>, id: string): PreparedImage {
  const image = prepared.get(id);
  if (image === undefined) throw new Error(`assembleBatch: image ${id} was drawn but not loaded.`);
  return image;
}
