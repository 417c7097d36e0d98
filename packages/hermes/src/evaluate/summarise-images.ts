import { summariseClassification } from "../metrics/summarise-classification.js";
import { summariseSegmentation } from "../metrics/summarise-segmentation.js";
import type { FittedThreshold } from "../metrics/operating-point.js";
import { key } from "../random.js";
import type { Evaluation } from "./evaluation.js";
import { classificationRecords, type ImageResult, segmentationRecords } from "./image-result.js";
import { classificationEstimates, segmentationEstimates } from "./measure-images.js";
import { applyThresholds } from "./operating-points.js";
import { subgroupsOf } from "./subgroups.js";

/** All draws of an evaluation follow from it, so that the same predictions give the same report. */
const BOOTSTRAP_SEED = "evaluation";

/** Every number of an evaluation from its images. */
export function summariseImages(
  images: readonly ImageResult[],
  classes: readonly string[],
  fitted: readonly FittedThreshold[],
): Pick<Evaluation, "segmentation" | "classification" | "subgroups"> {
  const source = key(BOOTSTRAP_SEED);
  return {
    segmentation: segmentationOf(images),
    classification: classificationOf(images, classes, fitted),
    subgroups: subgroupsOf(images, classes, source),
  };
}

function segmentationOf(images: readonly ImageResult[]): Evaluation["segmentation"] {
  const records = segmentationRecords(images);
  if (records.length === 0) return null;
  const { truthLesions, predictedLesions, emptyCases, surfaceTolerances } = summariseSegmentation(records);
  return {
    images: records.length,
    metrics: segmentationEstimates(images, key(BOOTSTRAP_SEED)),
    truthLesions,
    predictedLesions,
    emptyCases,
    surfaceTolerances: [...surfaceTolerances],
  };
}

function classificationOf(
  images: readonly ImageResult[],
  classes: readonly string[],
  fitted: readonly FittedThreshold[],
): Evaluation["classification"] {
  const records = classificationRecords(images, classes);
  if (records.length === 0) return null;
  const positive = classes.at(-1)!;
  const { imagesPerClass, confusion } = summariseClassification(records, { classes, positive });
  return {
    images: records.length,
    metrics: classificationEstimates(images, classes, key(BOOTSTRAP_SEED)),
    positive,
    imagesPerClass: [...imagesPerClass],
    confusion: confusion.map((row) => [...row]),
    operatingPoints: applyThresholds(fitted, images, classes, key(BOOTSTRAP_SEED)),
  };
}
