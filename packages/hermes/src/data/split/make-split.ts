import { UserError } from "../../errors.js";
import { key, type Key } from "../../random.js";
import { byCodeUnit } from "../order.js";
import type { Manifest, Sample } from "../sample.js";
import { assignUnits } from "./assign-units.js";
import { checkClasses, checkParts } from "./check-classes.js";
import { labelBudgets } from "./label-budget.js";
import { type SplitFile, type SplitOptions, sealSplit } from "./split-file.js";
import { type SplitUnit, splitUnits } from "./split-units.js";
import { type Strata, strataOf } from "./strata.js";

export const PARTS = ["train", "val", "test"] as const;
export type Part = (typeof PARTS)[number];

export interface SplitRequest {
  readonly manifest: Manifest;
  readonly manifestHash: string;
  /** Of the decisions that the manifest's samples already follow; `null` without any. */
  readonly decisionsHash: string | null;
  /** Lists of ids from the audit; `null` if there was none. */
  readonly nearDuplicateGroups: readonly (readonly string[])[] | null;
  readonly seed: number;
  readonly options: Omit<SplitOptions, "fold">;
}

/**
 * Splits a data set into training, validation and test. A patient's images and near-duplicates stay together;
 * classes are spread evenly; images without a class are used for training alone; excluded ones not at all.
 * The same request gives the same split, whatever the order of the manifest.
 *
 * @throws UserError if a class has too few groups, or a budget too few images
 */
export function makeSplit(request: SplitRequest): SplitFile {
  const { strata, units } = prepareSplit(request);
  const { shares } = request.options;
  checkShares(shares);
  const used = PARTS.filter((_, part) => (shares[part] ?? 0) > 0);
  checkClasses(units, strata, used.length);
  const labelled = units.filter((unit) => hasStratum(unit, strata));
  const assigned = assignUnits(
    labelled,
    strata,
    used.map((part) => shares[PARTS.indexOf(part)] ?? 0),
    key(request.seed).fork("split"),
  );
  const partOf = new Map(labelled.map((unit, index) => [unit.key, used[assigned[index] ?? 0] ?? "train"]));
  return sealParts(request, strata, units, (unit) => partOf.get(unit.key) ?? "train", null);
}

export interface PreparedSplit {
  readonly strata: Strata;
  readonly units: readonly SplitUnit[];
}

export function prepareSplit({ manifest, nearDuplicateGroups }: SplitRequest): PreparedSplit {
  const samples = manifest.samples.filter(({ excluded }) => excluded === null);
  const strata = strataOf(samples);
  if (strata.names.length === 0) {
    throw UserError.of(
      manifest.header.title,
      "no image with a class or an outline",
      "labelled images to train and to test on",
      "import the set with its classes or masks",
    );
  }
  return { strata, units: splitUnits(samples, nearDuplicateGroups ?? []) };
}

export function hasStratum(unit: SplitUnit, strata: Strata): boolean {
  return unit.samples.some((sample) => strata.stratumOf(sample) !== null);
}

/**
 * Writes down which images went where.
 *
 * @param placeOf part of a unit, or of one of its samples
 */
export function sealParts(
  request: SplitRequest,
  strata: Strata,
  units: readonly SplitUnit[],
  placeOf: (unit: SplitUnit, sample: Sample) => Part | { readonly leftOut: string },
  fold: SplitOptions["fold"],
): SplitFile {
  const parts: Record<Part, Sample[]> = { train: [], val: [], test: [] };
  const leftOut: { id: string; reason: string }[] = [];
  for (const unit of units) {
    for (const sample of unit.samples) {
      const place = placeOf(unit, sample);
      if (typeof place !== "string") leftOut.push({ id: sample.id, reason: place.leftOut });
      else if (place === "train" || strata.stratumOf(sample) !== null) parts[place].push(sample);
      else leftOut.push({ id: sample.id, reason: `no label, and images of its group are in ${place}` });
    }
  }
  checkParts(parts, strata);
  const { seed, manifestHash, decisionsHash, options, nearDuplicateGroups } = request;
  const candidates = parts.train.filter(strata.isLabelled).sort((a, b) => byCodeUnit(a.id, b.id));
  return sealSplit({
    kind: "hermes-split",
    version: 1,
    seed,
    options: { ...options, labels: [...options.labels], fold },
    manifestHash,
    decisionsHash,
    nearDuplicateGroups: nearDuplicateGroups?.length ?? null,
    train: idsOf(parts.train),
    val: idsOf(parts.val),
    test: idsOf(parts.test),
    leftOut: leftOut.sort((a, b) => byCodeUnit(a.id, b.id)),
    budgets: { ...labelBudgets(candidates, strata, options, labelKey(seed, fold)), all: idsOf(candidates) },
  });
}

function labelKey(seed: number, fold: SplitOptions["fold"]): Key {
  return fold === null ? key(seed).fork("labels") : key(seed).fork("labels", fold.index);
}

function idsOf(samples: readonly Sample[]): string[] {
  return samples.map(({ id }) => id).sort(byCodeUnit);
}

function checkShares(shares: SplitOptions["shares"]): void {
  const sum = shares.reduce((a, b) => a + b, 0);
  if (shares.every((share) => share >= 0) && shares[0] > 0 && Math.abs(sum - 1) < 1e-6) return;
  throw UserError.of(
    `--shares ${shares.join("/")}`,
    `numbers that add up to ${Number(sum.toFixed(6))}`,
    "three shares that add up to 1, the first above 0",
    "write for example 0.7/0.1/0.2",
  );
}
