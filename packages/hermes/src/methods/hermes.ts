import {
  add,
  argmax,
  cast,
  constant,
  equal,
  greater,
  type HostArray,
  mean,
  multiply,
  sigmoidRamp,
  stopGradient,
  type Tensor,
  warmedUpDecay,
} from "@hermes-us/tensor";
import { z } from "zod";
import { crossEntropy } from "../losses/cross-entropy.js";
import { diceLoss } from "../losses/dice.js";
import { imageContrast } from "../losses/image-contrast.js";
import { interTaskConsistency } from "../losses/inter-task-consistency.js";
import { classesPresent, joinVectors, type LabelledVectors } from "../losses/labelled-vectors.js";
import { meanEmbedding } from "../losses/mean-embedding.js";
import { bankVectors, emptyBank, type MemoryBankSpec, pushToBank } from "../losses/memory-bank.js";
import { samplePixelAnchors } from "../losses/pixel-anchors.js";
import { pixelContrast } from "../losses/pixel-contrast.js";
import { keepOnGrid, labelsOnGrid } from "../losses/pixel-grid.js";
import { classPrototypes } from "../losses/prototypes.js";
import type { JointOutput } from "../nn/joint-net.js";
import { lazy } from "../nn/lazy.js";
import { CUT_MIX_DRAWS, cutMix } from "../pseudo/cut-mix.js";
import { and, keepRate } from "../pseudo/keep-mask.js";
import { type PseudoLabels, pseudoLabels } from "../pseudo/pseudo-label.js";
import { entropyCeiling, publishedConsistencyRamp } from "../pseudo/ramps.js";
import type { UncertaintySource } from "../pseudo/uncertainty.js";
import { defineMethod, type MethodContext, type MethodResult, type Term } from "./define-method.js";
import { rampedWeight } from "./ramped-weight.js";
import { dicePoolingOption, type MaskDice, supervisedLosses } from "./supervised-terms.js";

const weight = (value: number, what: string) =>
  z.number().nonnegative().default(value).describe(`weight of ${what}`);

const options = z.strictObject({
  labelSource: z
    .enum(["ema-teacher", "student"])
    .default("ema-teacher")
    .describe("whose prediction on the weak view becomes the pseudo-label; the paper's is the student"),
  uncertainty: z
    .enum(["weak", "mean-weak-strong", "ema-teacher"])
    .default("mean-weak-strong")
    .describe(
      "whose entropy is tested; with two classes that of the labels' own source adds nothing to the confidence test",
    ),
  combine: z
    .enum(["and", "or"])
    .default("and")
    .describe("how the two tests join for the pseudo-mask's Dice; everywhere else both must pass"),
  lowestThreshold: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe("confidence asked of a class nobody predicts"),
  highestThreshold: z
    .number()
    .min(0)
    .max(1)
    .default(0.95)
    .describe("confidence asked of a class that all are given"),
  frequencyDecay: z
    .number()
    .min(0)
    .lt(1)
    .default(0.99)
    .describe("share of the old class frequency kept per step; 0: this batch alone"),
  emaDecay: z.number().min(0).lt(1).default(0.99).describe("share of the old teacher kept per step"),
  strongMix: z
    .enum(["cut", "none"])
    .default("cut")
    .describe("`cut`: masks are also asked for in strong views that carry a box of another image (CutMix)"),
  supervisedClassWeight: weight(1, "the classes of labelled images"),
  supervisedMaskWeight: weight(1, "the masks of labelled images"),
  diceClasses: z
    .enum(["all", "foreground"])
    .default("all")
    .describe("whose Dice is asked for, labelled and pseudo-labelled"),
  ...dicePoolingOption,
  pseudoClassWeight: weight(1, "the class pseudo-labels"),
  pseudoMaskWeight: weight(1, "the mask pseudo-labels"),
  imageContrastWeight: weight(0.02, "the contrast of images"),
  pixelContrastWeight: weight(0.1, "the contrast of pixels"),
  consistencyWeight: weight(0.1, "the consistency between the tasks"),
  temperature: z.number().positive().default(0.07).describe("of both contrasts"),
  certainty: z
    .enum(["pairs", "anchors"])
    .default("pairs")
    .describe(
      "what an uncertain image is kept out of: all pairs of the image contrast, or being their anchor",
    ),
  embeddingMean: z
    .enum(["unit", "as-is"])
    .default("unit")
    .describe("length of the mean of both views' pixel embeddings"),
  consistencyTeaches: z
    .enum(["both", "segmentation"])
    .default("both")
    .describe("which networks the consistency between the tasks teaches"),
  ramped: z
    .enum(["all", "consistency"])
    .default("all")
    .describe(
      "which unlabelled terms rise; `consistency`: that one alone, in blocks of 100 steps as released",
    ),
  bankCapacity: z
    .number()
    .int()
    .nonnegative()
    .default(256)
    .describe("vectors kept per class; 0: no memory banks"),
  anchorsPerClass: z.number().int().positive().default(32).describe("most pixel anchors per image and class"),
  minPositions: z
    .number()
    .int()
    .positive()
    .default(8)
    .describe("fewest kept positions for a class to give anchors"),
  contrastFrom: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .describe("share of the run after which the contrasts begin"),
  rampShare: z
    .number()
    .positive()
    .max(1)
    .default(0.4)
    .describe("share of the run until the unlabelled terms have full weight"),
});
type HermesOptions = z.output<typeof options>;
type HermesScalar = "emaDecay" | "ceilingShare" | "ramp" | "consistencyRamp" | "contrast";
type HermesContext = MethodContext<
  "student" | "teacher",
  HermesScalar,
  "labelled-and-unlabelled",
  HermesOptions
>;

type Logits = "classLogits" | "maskLogits";

/** What the pseudo-labels of a step are decided on. */
interface Views {
  /** Of the labels' source, on the weak view. */
  readonly onWeak: JointOutput;
  readonly onStrong: JointOutput;
  /** Of the teacher, on the weak view. */
  readonly teacherOnWeak: () => JointOutput;
}

function uncertaintyOf(views: Views, logits: Logits, { uncertainty }: HermesOptions): UncertaintySource {
  const weakLogits = views.onWeak[logits];
  switch (uncertainty) {
    case "weak":
      return { kind: "weak", weakLogits };
    case "mean-weak-strong":
      return { kind: "mean-weak-strong", weakLogits, strongLogits: views.onStrong[logits] };
    case "ema-teacher":
      return { kind: "ema-teacher", teacherLogits: views.teacherOnWeak()[logits] };
    default:
      return uncertainty satisfies never;
  }
}

/** Decides which pseudo-labels of one task count. */
function decide(
  views: Views,
  logits: Logits,
  settings: {
    readonly options: HermesOptions;
    readonly combine: HermesOptions["combine"];
    readonly ceiling: Tensor;
    readonly previous: Tensor | null;
  },
): PseudoLabels {
  const { lowestThreshold, highestThreshold, frequencyDecay } = settings.options;
  return pseudoLabels(
    {
      logits: views.onWeak[logits],
      uncertainty: uncertaintyOf(views, logits, settings.options),
      entropyCeiling: settings.ceiling,
      frequency:
        settings.previous === null
          ? { kind: "batch" }
          : { kind: "average", previous: settings.previous, decay: frequencyDecay },
    },
    { thresholds: { lowest: lowestThreshold, highest: highestThreshold }, combine: settings.combine },
  );
}

/**
 * Hermes: dual-threshold pseudo-labels that guide contrastive learning of images and pixels, with a consistency between
 * the tasks. The inter-task attention and saliency are part of the model.
 * Zhang, Lai & Kong, ECAI 2025, https://arxiv.org/abs/2508.02265 (Fig. 2; losses from the released code).
 * Differs from the paper: pseudo-labels come from an averaged teacher by default and uncertainty from both views (with two
 * classes the paper's two tests are one); both tests join by `and` everywhere; class frequencies are averaged over
 * steps; uncertain images and pixels are neither anchors nor positives nor negatives; banks are filled for every
 * class; the consistency reaches both networks; the weights are set for one optimiser step on all terms.
 */
export const hermes = defineMethod({
  name: "hermes",
  title: "Hermes",
  paper: "https://arxiv.org/abs/2508.02265",
  data: "labelled-and-unlabelled",
  options,
  networks: (build) => ({ student: build("train"), teacher: build("evaluate") }),
  predictor: "student",
  schedule({ emaDecay, rampShare, contrastFrom, ramped }, { step, totalSteps }) {
    const ramp = sigmoidRamp(step, rampShare * totalSteps);
    return {
      emaDecay: warmedUpDecay(step, emaDecay),
      ceilingShare: entropyCeiling(step, totalSteps, 2) / Math.LN2,
      ramp: ramped === "all" ? ramp : 1,
      consistencyRamp: ramped === "all" ? ramp : publishedConsistencyRamp(step),
      contrast: step < contrastFrom * totalSteps ? 0 : 1,
    };
  },
  averages: { teacher: { of: "student", decay: "emaDecay" } },
  losses(context) {
    const { nets, labelled, unlabelled, scalars, options: chosen } = context;
    const onLabelled = nets.student(labelled.image, "labelled");
    const onStrong = nets.student(unlabelled.strong, "unlabelled");
    const teacherOnWeak = lazy(() => nets.teacher(unlabelled.weak, "unlabelled"));
    const onWeak =
      chosen.labelSource === "ema-teacher" ? teacherOnWeak() : nets.student(unlabelled.weak, "unlabelled");
    const views: Views = { onWeak, onStrong, teacherOnWeak };
    const frequency = (name: string, classes: number) =>
      chosen.frequencyDecay === 0 ? null : context.state(name, filled([classes], 1 / classes));
    const images = decide(views, "classLogits", {
      options: chosen,
      combine: "and",
      ceiling: multiply(scalars.ceilingShare, Math.log(context.classes)),
      previous: frequency("classFrequency", context.classes),
    });
    const pixels = decide(views, "maskLogits", {
      options: chosen,
      combine: chosen.combine,
      ceiling: multiply(scalars.ceilingShare, Math.log(context.maskClasses)),
      previous: frequency("maskFrequency", context.maskClasses),
    });
    const { classification, segmentation } = supervisedLosses(onLabelled, labelled, maskDice(chosen));
    const surePixels = { ...pixels, keep: and(pixels.keepConfident, pixels.keepCertain) };
    const contrastRamp = multiply(scalars.ramp, scalars.contrast);
    const parts = [
      imagePart(context, { onStrong, onWeak, pseudo: images, ramp: contrastRamp }),
      pixelPart(context, { onStrong, onWeak, pseudo: surePixels, ramp: contrastRamp }),
      consistencyPart(onStrong, chosen, scalars.consistencyRamp),
    ];
    return {
      terms: {
        supervisedClass: { loss: classification, weight: chosen.supervisedClassWeight },
        supervisedMask: { loss: segmentation, weight: chosen.supervisedMaskWeight },
        pseudoClass: {
          loss: crossEntropy(onStrong.classLogits, images.label, { mask: images.keep, denominator: "all" }),
          weight: rampedWeight(scalars.ramp, chosen.pseudoClassWeight),
        },
        pseudoMask: {
          loss: pseudoMaskLoss(context, onStrong.maskLogits, pixels),
          weight: rampedWeight(scalars.ramp, chosen.pseudoMaskWeight),
        },
        ...Object.assign({}, ...parts.map(({ terms }) => terms)),
      },
      next: {
        ...(chosen.frequencyDecay === 0
          ? {}
          : { classFrequency: images.nextFrequency, maskFrequency: pixels.nextFrequency }),
        ...Object.assign({}, ...parts.map(({ next }) => next ?? {})),
      },
      measures: {
        ...Object.assign({}, ...parts.map(({ measures }) => measures ?? {})),
        keptImages: keepRate(images.keep),
        keptPixels: keepRate(pixels.keep),
        pseudoPositive: shareOf(images.label, context.classes - 1),
        pseudoLesion: shareOf(pixels.label, 1),
      },
      pseudo: {
        label: images.label,
        keepImages: images.keep.toWeights(),
        mask: pixels.label,
        keepPixels: pixels.keep.toWeights(),
      },
    };
  },
});

function maskDice({ dicePooling, diceClasses }: HermesOptions): Required<MaskDice> {
  return { pooling: dicePooling, classes: diceClasses };
}

/** Dice loss on kept pixels: of the strong views, and of these with boxes of each other, whose mean it then is. */
function pseudoMaskLoss(
  context: HermesContext,
  strongMaskLogits: Tensor,
  { label, keep }: PseudoLabels,
): Tensor {
  const { strongMix } = context.options;
  const dice = maskDice(context.options);
  const plain = diceLoss(strongMaskLogits, label, { keep, ...dice });
  if (strongMix === "none") return plain;
  const strong = context.unlabelled.strong;
  const [images, , height, width] = strong.shape as [number, number, number, number];
  const boxes = cutMix(context.uniform("cutMix", [images, CUT_MIX_DRAWS]), { height, width });
  const { maskLogits } = context.nets.student(boxes.images(strong), "unlabelled");
  const mixed = diceLoss(maskLogits, boxes.labels(label), { keep: boxes.keep(keep), ...dice });
  return multiply(add(plain, mixed), 0.5);
}

interface ContrastInput {
  readonly onStrong: JointOutput;
  readonly onWeak: JointOutput;
  readonly pseudo: PseudoLabels;
  readonly ramp: Tensor;
}

type Part = Pick<MethodResult, "terms" | "next" | "measures">;
const nothing: Part = { terms: {} };

/** Contrast of images under the certainty matrix, with its bank. */
function imagePart(context: HermesContext, { onStrong, onWeak, pseudo, ramp }: ContrastInput): Part {
  const { imageContrastWeight, bankCapacity, temperature, certainty } = context.options;
  if (imageContrastWeight === 0) return nothing;
  const [strong, weak] = [onStrong.imageEmbedding, weakSide(context, onWeak.imageEmbedding)];
  const { bank, next } = openBank(context, "imageBank", {
    classes: context.classes,
    capacity: bankCapacity,
    dims: strong.shape[1]!,
  });
  const loss = imageContrast(
    {
      strong,
      weak,
      label: pseudo.label,
      keep: pseudo.keep,
      ...(bank === null ? {} : { bank: bankVectors(bank) }),
    },
    { temperature, certainty },
  );
  const fresh = { vectors: stopGradient(weak), label: pseudo.label, valid: pseudo.keep };
  return {
    measures: { imageContrastPossible: contrastPossible(fresh, bank, context.classes) },
    terms: term("imageContrast", loss, rampedWeight(ramp, imageContrastWeight)),
    ...next((old) => pushToBank(old, fresh)),
  };
}

/** Contrast of pixels on the grid of the embedding, with its bank of class means. */
function pixelPart(context: HermesContext, { onStrong, onWeak, pseudo, ramp }: ContrastInput): Part {
  const { pixelContrastWeight, bankCapacity, temperature, anchorsPerClass, minPositions, embeddingMean } =
    context.options;
  if (pixelContrastWeight === 0) return nothing;
  const classes = context.maskClasses;
  const embedding = meanEmbedding(
    onStrong.pixelEmbedding,
    weakSide(context, onWeak.pixelEmbedding),
    embeddingMean,
  );
  const [images, dims, height, width] = embedding.shape as [number, number, number, number];
  const grid = { height, width };
  const label = labelsOnGrid(pseudo.label, grid);
  const keep = keepOnGrid(pseudo.keep, grid);
  const prediction = labelsOnGrid(stopGradient(argmax(onStrong.maskLogits, 1)), grid);
  const order = context.uniform("pixelOrder", [images, height * width]);
  const anchors = samplePixelAnchors(
    { embedding, label, prediction, keep, order },
    { classes, anchorsPerClass, minPositions },
  );
  const { bank, next } = openBank(context, "pixelBank", { classes, capacity: bankCapacity, dims });
  const loss = pixelContrast(anchors, { temperature, ...(bank === null ? {} : { bank: bankVectors(bank) }) });
  const means = classPrototypes(
    { embedding: stopGradient(embedding), label, keep },
    { classes, minPositions },
  );
  return {
    measures: { pixelContrastPossible: contrastPossible(anchors, bank, classes) },
    terms: term("pixelContrast", loss, rampedWeight(ramp, pixelContrastWeight)),
    ...next((old) => pushToBank(old, means)),
  };
}

function consistencyPart(
  onStrong: JointOutput,
  { consistencyWeight, consistencyTeaches }: HermesOptions,
  ramp: Tensor,
): Part {
  if (consistencyWeight === 0) return nothing;
  const { classProjection, maskProjection } = onStrong;
  const classSide = consistencyTeaches === "both" ? classProjection : stopGradient(classProjection);
  const loss = interTaskConsistency(classSide, maskProjection);
  return { terms: term("interTaskConsistency", loss, rampedWeight(ramp, consistencyWeight)) };
}

/** @returns 1 if there are two classes to contrast, else 0: the mean over steps is the share of steps that teach */
function contrastPossible(vectors: LabelledVectors, bank: OpenBank["bank"], classes: number): Tensor {
  const all = bank === null ? vectors : joinVectors(vectors, bankVectors(bank));
  return cast(greater(classesPresent(all, classes), 1), "float32");
}

/** A teacher's embedding is a target; the student's own learns too. */
function weakSide({ options: chosen }: HermesContext, embedding: Tensor): Tensor {
  return chosen.labelSource === "ema-teacher" ? stopGradient(embedding) : embedding;
}

interface OpenBank {
  readonly bank: { readonly vectors: Tensor; readonly filled: Tensor } | null;
  readonly next: (
    push: (old: { vectors: Tensor; filled: Tensor }) => { vectors: Tensor; filled: Tensor },
  ) => Pick<Part, "next">;
}

function openBank(context: HermesContext, name: string, spec: MemoryBankSpec): OpenBank {
  if (spec.capacity === 0) return { bank: null, next: () => ({}) };
  const empty = emptyBank(spec);
  const bank = {
    vectors: context.state(`${name}.vectors`, empty.vectors),
    filled: context.state(`${name}.filled`, empty.filled),
  };
  return {
    bank,
    next: (push) => {
      const { vectors, filled: full } = push(bank);
      return { next: { [`${name}.vectors`]: vectors, [`${name}.filled`]: full } };
    },
  };
}

function term(name: string, loss: Tensor, by: Tensor | number): Record<string, Term> {
  return { [name]: { loss, weight: by } };
}

/** @returns share of positions with this label */
function shareOf(label: Tensor, index: number): Tensor {
  return mean(cast(equal(label, constant(index, [], "int32")), "float32"));
}

function filled(shape: readonly number[], value: number): HostArray {
  return { dtype: "float32", shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value) };
}
