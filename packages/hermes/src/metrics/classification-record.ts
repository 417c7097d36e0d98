import { type Complaint, UserError } from "../errors.js";

/** What the classifier said of one image. */
export interface ClassificationRecord {
  readonly id: string;
  /** Patient or case; `null` if not known. */
  readonly group: string | null;
  /** Index of the true class, 0 .. K - 1. */
  readonly truth: number;
  /** K probabilities that sum to 1. */
  readonly classProbs: readonly number[];
}

/** The classes of a data set in the order of their index. */
export interface ClassNames {
  /** K >= 2 names. */
  readonly classes: readonly string[];
  /** The class that sensitivity, AUROC and the like speak of; used with two classes only. */
  readonly positive: string;
}

/** Room for float32 softmax; more than this is no distribution. */
const SUM_TOLERANCE = 1e-3;
const SHOWN_COMPLAINTS = 5;

/** Refuses records that no metric can be computed from: missing or impossible probabilities, unknown classes. */
export function requireValidRecords(records: readonly ClassificationRecord[], names: ClassNames): void {
  requireClassNames(names);
  const complaints = records.flatMap((record) => complaintOf(record, names.classes.length) ?? []);
  if (complaints.length > 0) throw new UserError(complaints.slice(0, SHOWN_COMPLAINTS));
}

/** @returns the index of the positive class. */
export function positiveIndex({ classes, positive }: ClassNames): number {
  return classes.indexOf(positive);
}

/** @returns the class with the highest probability, the first of equals. */
export function predictedClass(record: ClassificationRecord): number {
  return record.classProbs.indexOf(Math.max(...record.classProbs));
}

function requireClassNames({ classes, positive }: ClassNames): void {
  if (classes.length >= 2 && classes.includes(positive)) return;
  throw UserError.of(
    "classification metrics",
    `classes ${JSON.stringify(classes)} with "${positive}" as the positive one`,
    "two or more classes, the positive one among them",
    "name the positive class as it stands in the manifest",
  );
}

function complaintOf({ id, truth, classProbs }: ClassificationRecord, classCount: number): Complaint | null {
  const what = `classification of ${id}`;
  if (!Number.isInteger(truth) || truth < 0 || truth >= classCount) {
    return {
      what,
      got: `true class ${truth}`,
      wanted: `an index from 0 to ${classCount - 1}`,
      fix: "correct the image's class, or leave the image out",
    };
  }
  const sum = classProbs.reduce((total, prob) => total + prob, 0);
  const inRange = classProbs.every((prob) => prob >= 0 && prob <= 1 + SUM_TOLERANCE);
  if (classProbs.length === classCount && inRange && Math.abs(sum - 1) <= SUM_TOLERANCE) return null;
  return {
    what,
    got: `probabilities [${classProbs.join(", ")}]`,
    wanted: `${classCount} numbers from 0 to 1 that sum to 1`,
    fix: "check the model's output for this image",
  };
}
