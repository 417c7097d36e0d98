import type { Evaluation } from "../evaluation.js";

/** One item: what is to be reported, and what is known of it. */
export interface ChecklistItem {
  readonly item: string;
  /** `null`: the program cannot know; the authors have to write it. */
  readonly answer: string | null;
}

/** What the data folder tells besides the evaluation. */
export interface ChecklistFacts {
  readonly evaluation: Evaluation;
  readonly audited: "yes" | "no";
  /** Where the split keeps patients together, images without a known patient apart. */
  readonly imagesWithoutGroup: number;
}

/**
 * A checklist in the manner of CLAIM (Mongan, Moy & Kahn, Radiology: Artificial Intelligence 2(2), 2020; update: Tejani
 * et al., 6(4), 2024), filled in from what the run and the data set tell.
 * Differs from CLAIM: shortened, in own words; items on title, abstract and discussion are left to the authors.
 */
export function checklist({ evaluation, audited, imagesWithoutGroup }: ChecklistFacts): ChecklistItem[] {
  return [
    ...dataItems(evaluation, audited, imagesWithoutGroup),
    ...modelItems(evaluation),
    ...resultItems(evaluation),
  ];
}

function dataItems(
  { run, data, segmentation, classification }: Evaluation,
  audited: "yes" | "no",
  imagesWithoutGroup: number,
): ChecklistItem[] {
  return [
    { item: "Prospective or retrospective study", answer: null },
    { item: "Goal and intended clinical role of the model", answer: null },
    {
      item: "Data sources",
      answer: `trained on ${run.dataTitle}; evaluated on ${data.title}. ${data.citation ?? ""}`,
    },
    { item: "Licence of the data", answer: data.licence },
    { item: "Eligibility of patients and images, dates, places", answer: null },
    { item: "De-identification", answer: null },
    {
      item: "Faults of the data looked for",
      answer: audited === "yes" ? "yes, with `hermes data audit`; see Data" : null,
    },
    {
      item: "Missing data",
      answer: `${data.images - (segmentation?.images ?? 0)} of ${data.images} images have no outline, ${data.images - (classification?.images ?? 0)} no class; they are left out of the metrics concerned`,
    },
    {
      item: "Reference standard: who outlined and classified, with which training, from which findings",
      answer: null,
    },
    { item: "Agreement between readers", answer: null },
    {
      item: "Partitions and their level of disjointness",
      answer:
        data.relation === "other"
          ? "another data set than that of training"
          : `training, validation and test by patient (split ${run.splitName}, ${run.splitHash.slice(0, 12)}); ${imagesWithoutGroup === 0 ? "all images have a known patient" : `${imagesWithoutGroup} of the evaluated images have no known patient and stand alone`}`,
    },
    {
      item: "Sample size and how it was determined",
      answer: `${data.images} images of ${data.groups} known patients; how it was chosen is not known to the program`,
    },
  ];
}

function modelItems({ run }: Evaluation): ChecklistItem[] {
  const training = record(run.plan["training"]);
  return [
    { item: "Model", answer: `${run.model} (profile ${run.profile}); its options are in the plan below` },
    { item: "Software", answer: `Hermes ${run.codeVersion}` },
    {
      item: "Initial weights",
      answer: initialWeights(record(run.plan["weights"])),
    },
    {
      item: "Preparation of images",
      answer: `grey, ${String(training["aspect"])} to ${String(training["sidePx"])} x ${String(training["sidePx"])} pixels; augmentation ${String(training["augmentation"])}`,
    },
    {
      item: "Training",
      answer: `method ${run.method}, ${run.labelledImages} labelled and ${run.unlabelledImages} unlabelled images, ${String(training["steps"])} steps, seed ${run.seed}; all settings are in the plan below`,
    },
    {
      item: "Choice of the final weights",
      answer: `by ${String(training["criterion"])} on validation images alone`,
    },
    { item: "Ensembles", answer: "none" },
  ];
}

/** @param weights as in a plan (train/plan.ts) */
function initialWeights(weights: Readonly<Record<string, unknown>>): string {
  const several = Array.isArray(weights["files"]) ? weights["files"].map(record) : [];
  const files = weights["kind"] === "file" ? [weights] : several;
  if (files.length === 0) return "at random";
  return files.map(({ name, sha256 }) => `${String(name)}, SHA-256 ${String(sha256)}`).join("; ");
}

function resultItems({ data, classification, testLooks, notes }: Evaluation): ChecklistItem[] {
  return [
    {
      item: "Metrics and how they are averaged",
      answer: "per image at its own size, then over images; defined in docs/guide/metrics.md",
    },
    {
      item: "Uncertainty of the numbers",
      answer: "95 % bootstrap intervals, patients resampled (BCa, 10,000 resamples; 2,000 for subgroups)",
    },
    {
      item: "Thresholds",
      answer:
        (classification?.operatingPoints.length ?? 0) > 0
          ? "class: the highest probability, and thresholds fitted on validation; mask: probability above 0.5"
          : "class: the highest probability; mask: probability above 0.5",
    },
    { item: "Robustness: subgroups, devices", answer: "see Subgroups" },
    { item: "Explanation of single answers", answer: "saliency and certainty maps, see Images" },
    {
      item: "External validation",
      answer: data.relation === "other" ? `this evaluation, on ${data.title}` : "none in this report",
    },
    {
      item: "How often the test images were looked at",
      answer:
        testLooks === null ? null : `${testLooks.all} times, ${testLooks.byThisRun} of them by this run`,
    },
    { item: "Demographic and clinical characteristics of the patients", answer: null },
    {
      item: "Analysis of failures",
      answer:
        "worst outlines and most confident mistakes, see Images; what they have in common is for the authors to say",
    },
    { item: "Limits of this evaluation", answer: notes.length === 0 ? null : notes.join(" ") },
    { item: "Registration, protocol, funding", answer: null },
  ];
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
