import { UserError } from "../../errors.js";
import type { SplitFile } from "./split-file.js";

/** All that training may know of a split. It has no test ids, and nothing in it leads to them. */
export interface TrainingView {
  readonly splitHash: string;
  readonly manifestHash: string;
  readonly labelled: readonly string[];
  /** Training images used without their labels, and images that have none. */
  readonly unlabelled: readonly string[];
  readonly val: readonly string[];
}

/**
 * @param budget a key of the split's budgets: `72`, `0.1`, or `all`
 * @throws UserError if the split has no such budget
 */
export function trainingView(split: SplitFile, budget: string): TrainingView {
  const labelled = split.budgets[budget];
  if (labelled === undefined) {
    throw UserError.of(
      `label budget ${budget}`,
      "a budget that the split does not have",
      `one of ${Object.keys(split.budgets).join(", ")}`,
      "choose one, or make a split with `hermes data split --labels`",
    );
  }
  const known = new Set(labelled);
  return Object.freeze({
    splitHash: split.hash,
    manifestHash: split.manifestHash,
    labelled: Object.freeze([...labelled]),
    unlabelled: Object.freeze(split.train.filter((id) => !known.has(id))),
    val: Object.freeze([...split.val]),
  });
}
