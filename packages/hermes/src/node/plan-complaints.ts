import type { Complaint } from "../errors.js";
import type { Method } from "../methods/define-method.js";
import type { ModelDefinition } from "../models/define-model.js";
import { interTaskComplaints } from "../models/pair.js";
import type { TrainingSettings } from "../train/settings.js";
import type { TrainingDataset } from "./training-dataset.js";

/** What a plan is made of, each part right by itself. */
export interface PlanParts {
  readonly training: TrainingDataset;
  readonly settings: TrainingSettings;
  readonly method: Method;
  readonly methodOptions: Readonly<Record<string, unknown>>;
  readonly model: ModelDefinition;
  readonly modelOptions: Readonly<Record<string, unknown>>;
}

/** What in a plan's parts does not go together, or cannot be trained on; all of it. */
export function planComplaints(parts: PlanParts): Complaint[] {
  return [labelled, unlabelled, validation, imageSize, thresholds, interTask].flatMap((rule) => rule(parts));
}

function labelled({ training: { dataset, view } }: PlanParts): Complaint[] {
  const samples = new Map(dataset.manifest.samples.map((sample) => [sample.id, sample]));
  const images = view.labelled.flatMap((id) => samples.get(id) ?? []);
  if (images.length === 0) {
    return [
      {
        what: "labelled images",
        got: "none",
        wanted: "at least one",
        fix: "make a split with a label budget: hermes data split --labels",
      },
    ];
  }
  const all = dataset.manifest.header.classes;
  const present = all.filter((name) => images.some(({ className }) => className === name));
  const complaints: Complaint[] = [];
  if (present.length < all.length) {
    complaints.push({
      what: "classes of the labelled images",
      got: present.length === 0 ? "none" : `only ${present.join(", ")}`,
      wanted: `images of ${all.join(" and ")}`,
      fix: "raise the budget, or draw it with --balance balanced; a class without images is left out at the import (--class-map)",
    });
  }
  if (images.every(({ masks }) => masks === null || masks.length === 0)) {
    const known = images.filter(({ masks }) => masks !== null).length;
    complaints.push({
      what: "outlines of the labelled images",
      got: known === 0 ? "none" : `none with a lesion (${known} known to hold none)`,
      wanted: "masks, for segmentation",
      fix:
        known === 0 ? "import the set with its masks" : "raise the budget, or import the set with its masks",
    });
  }
  return complaints;
}

function unlabelled({ training: { view }, method }: PlanParts): Complaint[] {
  if (method.data === "labelled" || view.unlabelled.length > 0) return [];
  return [
    {
      what: `method ${method.name}`,
      got: "no unlabelled images",
      wanted: "some",
      fix: "choose a smaller label budget, or the method supervised",
    },
  ];
}

function validation({ training: { view }, settings: { criterion } }: PlanParts): Complaint[] {
  if (view.val.length > 0 || criterion === "last") return [];
  return [
    {
      what: `the criterion ${criterion}`,
      got: "no validation images to measure it on",
      wanted: "a validation part",
      fix: "split with a validation share (hermes data split --shares), or take the last weights: --set criterion=last",
    },
  ];
}

function imageSize({ settings: { sidePx }, model: { name, sizeMultiplePx: step } }: PlanParts): Complaint[] {
  if (sidePx % step === 0) return [];
  const below = Math.floor(sidePx / step) * step;
  return [
    {
      what: "training.sidePx",
      got: String(sidePx),
      wanted: `a multiple of ${step}, which model ${name} needs`,
      fix: `take the nearest: --set sidePx=${below} or --set sidePx=${below + step}`,
    },
  ];
}

function thresholds({
  methodOptions: { lowestThreshold: low, highestThreshold: high },
}: PlanParts): Complaint[] {
  if (typeof low !== "number" || typeof high !== "number" || low <= high) return [];
  return [
    {
      what: "method.lowestThreshold",
      got: `${low}, above method.highestThreshold, ${high}`,
      wanted: "at most the highest threshold",
      fix: "lower it, or raise --set method.highestThreshold",
    },
  ];
}

function interTask({ modelOptions }: PlanParts): Complaint[] {
  return interTaskComplaints(modelOptions);
}
