import { UserError } from "../../errors.js";
import { key } from "../../random.js";
import { byCodeUnit } from "../order.js";
import type { Sample } from "../sample.js";
import { assignUnits } from "./assign-units.js";
import { checkClasses } from "./check-classes.js";
import { hasStratum, type Part, prepareSplit, type SplitRequest, sealParts } from "./make-split.js";
import type { SplitFile } from "./split-file.js";
import type { SplitUnit } from "./split-units.js";
import type { Strata } from "./strata.js";

/**
 * k-fold cross-validation: k splits, in each of which one fold is the test part; each labelled image is tested
 * on once. Validation is drawn from the rest, with the share that validation has among training and validation.
 *
 * @returns the splits in order of their folds, 1 to k
 * @throws UserError if a class has fewer groups than folds
 */
export function makeFolds(request: SplitRequest, folds: number): SplitFile[] {
  const { strata, units } = prepareSplit(request);
  checkClasses(units, strata, folds);
  const labelled = units.filter((unit) => hasStratum(unit, strata));
  const equal = new Array<number>(folds).fill(1);
  const foldOf = assignUnits(labelled, strata, equal, key(request.seed).fork("folds"));
  return equal.map((_, fold) => {
    const test = new Set(labelled.filter((_unit, index) => foldOf[index] === fold).map((unit) => unit.key));
    const rest = labelled.filter((unit) => !test.has(unit.key));
    const val = drawValidation(request, strata, rest, fold + 1);
    const placeOf = (unit: SplitUnit): Part =>
      test.has(unit.key) ? "test" : val.has(unit.key) ? "val" : "train";
    return sealParts(request, strata, units, placeOf, { index: fold + 1, of: folds });
  });
}

/**
 * The set's own folds (attribute `fold`). The test part is exactly the published fold; an image of another fold
 * that shares a patient or a near-duplicate with it is left out, which the published protocol does not do.
 *
 * @throws UserError if the set has none
 */
export function makeOwnFolds(request: SplitRequest): SplitFile[] {
  const { strata, units } = prepareSplit(request);
  const numbers = [
    ...new Set(units.flatMap(({ samples }) => samples.flatMap((sample) => ownFold(sample) ?? []))),
  ];
  numbers.sort((a, b) => a - b);
  if (numbers.length < 2) {
    throw UserError.of(
      "--folds own",
      numbers.length === 0 ? "no fold in the manifest" : "one fold only",
      "a set that comes with folds (attribute `fold`)",
      "use --folds with a number, or import the folds with --fold-column",
    );
  }
  return numbers.map((fold) => {
    const isTest = (sample: Sample) => ownFold(sample) === fold;
    const rest = units.filter((unit) => hasStratum(unit, strata) && !unit.samples.some(isTest));
    const val = drawValidation(request, strata, rest, fold);
    const placeOf = (unit: SplitUnit, sample: Sample): Part | { leftOut: string } => {
      if (isTest(sample)) return "test";
      if (unit.samples.some(isTest)) return { leftOut: `its group is also in fold ${fold}, the test part` };
      return val.has(unit.key) ? "val" : "train";
    };
    return sealParts(request, strata, units, placeOf, { index: fold, of: "own" });
  });
}

function ownFold({ attributes }: Sample): number | undefined {
  const fold = Number(attributes.fold ?? Number.NaN);
  return Number.isInteger(fold) ? fold : undefined;
}

/** @returns keys of the units to validate on */
function drawValidation(
  { options, seed }: SplitRequest,
  strata: Strata,
  units: readonly SplitUnit[],
  fold: number,
): Set<string> {
  const [train, val] = options.shares;
  if (val === 0) return new Set();
  if (train <= 0) {
    throw UserError.of(
      `--shares ${options.shares.join("/")}`,
      "no share for training",
      "a first share above 0",
      "write for example 0.7/0.1/0.2",
    );
  }
  const sorted = [...units].sort((a, b) => byCodeUnit(a.key, b.key));
  const assigned = assignUnits(sorted, strata, [train, val], key(seed).fork("validation", fold));
  return new Set(sorted.filter((_, index) => assigned[index] === 1).map((unit) => unit.key));
}
