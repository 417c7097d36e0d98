import type { Sample } from "../sample.js";

/** What a set labels: its splits are stratified by class, or by nothing if no image has a class. */
export interface Strata {
  /** @returns the class to balance by; `null` for an image that cannot be tested on */
  stratumOf(sample: Sample): string | null;
  /** @returns whether the image has every kind of label that the set has */
  isLabelled(sample: Sample): boolean;
  /** In code-unit order. */
  readonly names: readonly string[];
}

/** Stratum of all outlined images in a set without classes. */
const OUTLINED = "outlined";

export function strataOf(samples: readonly Sample[]): Strata {
  const hasClasses = samples.some(({ className }) => className !== null);
  const hasMasks = samples.some(({ masks }) => masks !== null);
  const stratumOf = ({ className, masks }: Sample): string | null =>
    hasClasses ? className : masks === null ? null : OUTLINED;
  const isLabelled = (sample: Sample): boolean =>
    (!hasClasses || sample.className !== null) &&
    (!hasMasks || sample.masks !== null) &&
    (hasClasses || hasMasks);
  const found = new Set(samples.map(stratumOf));
  found.delete(null);
  const names = [...found].filter((name) => name !== null).sort();
  return { stratumOf, isLabelled, names };
}

/** @returns number of samples per stratum, in order of the names */
export function countStrata(samples: readonly Sample[], strata: Strata): number[] {
  return strata.names.map((name) => samples.filter((sample) => strata.stratumOf(sample) === name).length);
}
