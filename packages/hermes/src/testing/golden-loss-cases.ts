import {
  add,
  cast,
  constant,
  equal,
  greater,
  gradientsOf,
  type HostData,
  input,
  l2Normalize,
  logSoftmax,
  mean,
  multiply,
  polyDecay,
  reshape,
  type Shape,
  sigmoidRamp,
  sliceAxis,
  squeeze,
  subtract,
  sum,
  type Tensor,
} from "@hermes-us/tensor";
import { UserError } from "../errors.js";
import { crossEntropy } from "../losses/cross-entropy.js";
import { diceLoss } from "../losses/dice.js";
import { diceCrossEntropy } from "../losses/dice-cross-entropy.js";
import { imageContrastPerAnchor } from "../losses/image-contrast.js";
import { interTaskConsistency } from "../losses/inter-task-consistency.js";
import { rasterOrder, samplePixelAnchors } from "../losses/pixel-anchors.js";
import { pixelContrast } from "../losses/pixel-contrast.js";
import { labelsOnGrid } from "../losses/pixel-grid.js";
import { interTaskAttention } from "../nn/attention.js";
import { Declarations, Scope } from "../nn/scope.js";
import { entropy } from "../pseudo/entropy-threshold.js";
import { and, countKept, keepAll, not } from "../pseudo/keep-mask.js";
import { pseudoLabels } from "../pseudo/pseudo-label.js";
import { entropyCeiling } from "../pseudo/ramps.js";
import { type GoldenCheck, type GoldenKind, numbersIn } from "./golden-check.js";
import type { GoldenRange } from "./golden-tensor.js";

/** A case of the file: its inputs, and whatever it holds to compare with. */
export interface GoldenLossCase {
  readonly case: string;
  readonly inputs?: { readonly [name: string]: GoldenRange } | undefined;
  readonly [field: string]: unknown;
}

/** Asks for the fields of one case; each method says what we make of one. */
class Checks {
  readonly list: GoldenCheck[] = [];
  constructor(readonly of: GoldenLossCase) {}

  /** The fed input of that name. */
  input(name: string): Tensor {
    return input(name, this.range(name)[0]);
  }

  range(name: string): GoldenRange {
    const range = this.of.inputs?.[name];
    if (range === undefined) {
      const wanted = "[shape, low, high] for it under inputs";
      throw UserError.of(`golden case ${this.of.case}`, `no input ${name}`, wanted, "check the file");
    }
    return range;
  }

  number(field: string): number {
    return this.numbers(field)[0]!;
  }

  numbers(field: string): readonly number[] {
    return numbersIn(this.of.case, field, this.of[field]);
  }

  value(field: string, tensor: Tensor): void {
    this.list.push({ field, kind: "values", wanted: this.numbers(field), tensor });
  }

  gradient(field: string, loss: Tensor, of: Tensor, read?: (data: HostData) => readonly number[]): void {
    const tensor = gradientsOf(loss, [of])[0]!;
    const kind: GoldenKind = "gradients";
    this.list.push({ field, kind, wanted: this.numbers(field), tensor, ...(read && { read }) });
  }

  known(field: string, got: readonly number[], wanted: readonly number[]): void {
    this.list.push({ field, kind: "values", got, wanted });
  }
}

const length2 = (data: HostData) => [Math.hypot(...data)];
const first8 = (data: HostData) => [...data.subarray(0, 8)];
const first8Nonzero = (data: HostData) => [...data.filter((value) => value !== 0).subarray(0, 8)];

/** int32 1 where the input is above `threshold`, else 0. */
const labelsAbove = (x: Tensor, threshold: number) => cast(greater(x, threshold), "int32");

function supervisedSegmentationCase(checks: Checks): void {
  const logits = checks.input("seg.logits");
  const mask = labelsAbove(checks.input("seg.mask"), 0.6);
  // The file holds both parts after their inner half, and a half of their sum.
  const total = multiply(diceCrossEntropy(logits, mask, { classes: "foreground" }), 0.5);
  checks.value("ce_weighted", multiply(crossEntropy(logits, mask), 0.5));
  checks.value("dice", multiply(diceLoss(logits, mask), 0.5));
  checks.value("total", total);
  checks.gradient("grad_logits", total, logits);
}

function supervisedClassificationCase(checks: Checks): void {
  const logits = checks.input("cls.logits");
  const loss = crossEntropy(logits, labelsAbove(checks.input("cls.label"), 0.5));
  checks.value("loss", loss);
  checks.gradient("grad_logits", loss, logits);
}

/** Pseudo-labels as published: from the weak view and this batch alone. */
function publishedLabels(checks: Checks, weakLogits: Tensor, combine: "and" | "or") {
  const ceiling = entropyCeiling(checks.number("step"), checks.number("total_steps"), weakLogits.shape[1]!);
  checks.known("entropy_threshold", [ceiling], checks.numbers("entropy_threshold"));
  return pseudoLabels(
    {
      logits: weakLogits,
      uncertainty: { kind: "weak", weakLogits },
      entropyCeiling: ceiling,
      frequency: { kind: "batch" },
    },
    { combine },
  );
}

function dualThresholdClassificationCase(checks: Checks): void {
  const weakLogits = checks.input("dt.cls");
  const strongLogits = checks.input("dt.cls_strong");
  const pseudo = publishedLabels(checks, weakLogits, "and");
  checks.value("pseudo_label", pseudo.label);
  checks.value("classwise_threshold", pseudo.thresholds);
  checks.value("confident", pseudo.keepConfident.toWeights());
  checks.value("entropy", entropy(logSoftmax(weakLogits, 1)));
  checks.value("certain", pseudo.keepCertain.toWeights());
  const loss = crossEntropy(strongLogits, pseudo.label, { mask: pseudo.keep, denominator: "all" });
  checks.value("loss", loss);
  checks.gradient("grad_strong", loss, strongLogits);
}

function dualThresholdSegmentationCase(checks: Checks): void {
  const strongLogits = checks.input("dt.seg_strong");
  const pseudo = publishedLabels(checks, checks.input("dt.seg"), "or");
  checks.value("classwise_threshold", pseudo.thresholds);
  checks.value("n_uncertain", countKept(not(pseudo.keepCertain)));
  checks.value("n_confident", countKept(pseudo.keepConfident));
  checks.value("n_ignored_in_dice", countKept(not(pseudo.keep)));
  const certain = and(pseudo.keepConfident, pseudo.keepCertain);
  for (const [label, count] of Object.entries(certaintyCounts(checks))) {
    // -1 stands for what is left out; the file counts it as a label.
    const dropped = multiply(not(certain).toWeights(), -1);
    const marked = add(multiply(certain.toWeights(), cast(pseudo.label, "float32")), dropped);
    const tensor = sum(cast(equal(marked, Number(label)), "float32"));
    checks.list.push({ field: `certainty_label_counts.${label}`, kind: "values", wanted: [count], tensor });
  }
  const loss = multiply(diceLoss(strongLogits, pseudo.label, { keep: pseudo.keep }), 0.5);
  checks.value("loss", loss);
  checks.gradient("grad_strong_l2", loss, strongLogits, length2);
  checks.gradient("grad_strong_first8", loss, strongLogits, first8);
}

function certaintyCounts(checks: Checks): Record<string, number> {
  const counts = checks.of.certainty_label_counts;
  if (typeof counts !== "object" || counts === null) return {};
  const field = "certainty_label_counts";
  return Object.fromEntries(
    Object.entries(counts).map(([label, count]) => [label, numbersIn(checks.of.case, field, count)[0]!]),
  );
}

function imageContrastCase(checks: Checks): void {
  const features = l2Normalize(checks.input("sc.feat"), 2);
  const label = labelsAbove(checks.input("sc.label"), 0.5);
  const [strong, weak] = [0, 1].map((view) => squeeze(sliceAxis(features, 1, view, view + 1), [1]));
  const perAnchor = imageContrastPerAnchor({ strong: strong!, weak: weak!, label });
  checks.value("labels", label);
  checks.value("per_anchor", perAnchor);
  checks.gradient("grad", mean(perAnchor), features);
}

function givenAnchorsCase(checks: Checks): void {
  const features = l2Normalize(checks.input("pc.feat"), 2);
  const [rows, views, dims] = features.shape as [number, number, number];
  const row = /one class per row ([\d,]+)/.exec(String(checks.of.note))?.[1]?.split(",") ?? [];
  const label = Float64Array.from({ length: rows * views }, (_, i) => Number(row[Math.floor(i / views)]));
  const shape: Shape = [rows * views];
  const loss = pixelContrast({
    vectors: reshape(features, [rows * views, dims]),
    label: constant(label, shape, "int32"),
    valid: keepAll(shape),
  });
  checks.value("loss", loss);
  checks.gradient("grad", loss, features);
}

function firstIndexSamplerCase(checks: Checks): void {
  const embedding = l2Normalize(checks.input("pce.feat"), 1);
  const [images, , height, width] = embedding.shape as [number, number, number, number];
  const pseudo = subtract(cast(multiply(checks.input("pce.pseudo"), 3), "int32"), constant(1, [], "int32"));
  const prediction = labelsAbove(checks.input("pce.pred"), 0.5);
  const anchors = samplePixelAnchors(
    {
      embedding,
      label: labelsOnGrid(pseudo, { height, width }),
      prediction: labelsOnGrid(prediction, { height, width }),
      order: rasterOrder(images, height * width),
    },
    { classes: 2, anchorsPerClass: 100, totalAnchors: 1024, minPositions: 101 },
  );
  const loss = pixelContrast(anchors);
  checks.value("loss", loss);
  checks.gradient("grad_l2", loss, embedding, length2);
  checks.gradient("grad_first8_nonzero", loss, embedding, first8Nonzero);
}

function interTaskConsistencyCase(checks: Checks): void {
  const [cls, seg] = [checks.input("tc.cls"), checks.input("tc.seg")];
  const loss = interTaskConsistency(cls, seg);
  checks.value("loss", loss);
  checks.gradient("grad_cls", loss, cls);
  checks.gradient("grad_seg", loss, seg);
}

function interTaskAttentionCase(checks: Checks): void {
  const [cls, seg] = [checks.input("att.x_cls"), checks.input("att.x_seg")];
  const scope = new Scope(new Declarations(), "att", "train");
  const out = interTaskAttention(scope, cls, seg, "published");
  const loss = sum(multiply(out, checks.input("att.cotangent")));
  checks.value("out", out);
  checks.gradient("grad_cls", loss, cls);
  checks.gradient("grad_seg", loss, seg);
}

function rampsCase(checks: Checks): void {
  const rows = (field: string) => {
    const table = checks.of[field];
    return Array.isArray(table) ? table.map((row) => numbersIn(checks.of.case, field, row)) : [];
  };
  const ramp = rows("sigmoid_rampup");
  checks.known(
    "sigmoid_rampup",
    ramp.map(([step, rampUpSteps]) => sigmoidRamp(step!, rampUpSteps!)),
    ramp.map(([, , value]) => value!),
  );
  const rates = rows("poly_lr");
  const base = rates.find(([step]) => step === 0)?.[1] ?? 1e-4;
  const totalSteps = rates.find(([, rate]) => rate === 0)?.[0] ?? 3000;
  checks.known(
    "poly_lr",
    rates.map(([step]) => base * polyDecay(step!, totalSteps, 0.9)),
    rates.map(([, rate]) => rate!),
  );
}

const builders: ReadonlyMap<string, (checks: Checks) => void> = new Map([
  ["supervised_segmentation", supervisedSegmentationCase],
  ["supervised_classification", supervisedClassificationCase],
  ["dual_threshold_classification", dualThresholdClassificationCase],
  ["dual_threshold_segmentation", dualThresholdSegmentationCase],
  ["image_contrast", imageContrastCase],
  ["pixel_contrast_given_anchors", givenAnchorsCase],
  ["pixel_contrast_first_index_sampler", firstIndexSamplerCase],
  ["inter_task_consistency", interTaskConsistencyCase],
  ["inter_task_attention", interTaskAttentionCase],
  ["ramps", rampsCase],
]);

/** @returns what to compare in one case, or nothing for a case that we do not know */
export function goldenLossChecks(goldenCase: GoldenLossCase): readonly GoldenCheck[] | undefined {
  const build = builders.get(goldenCase.case);
  if (build === undefined) return undefined;
  const checks = new Checks(goldenCase);
  build(checks);
  return checks.list;
}
