import type { Manifest, Sample } from "./sample.js";

export interface ClassSummary {
  /** A class name, or `no class`. */
  readonly name: string;
  readonly images: number;
  readonly withMask: number;
  /** Different patients or cases; images without one are not counted. */
  readonly groups: number;
  /** Set if the images are left out of splits. */
  readonly excluded: string | null;
}

/** @returns one line per class in order of the classes, then the excluded ones, then the images without a class */
export function summariseManifest({ header, samples }: Manifest): ClassSummary[] {
  const used = samples.filter(({ excluded }) => excluded === null);
  const left = samples.filter(({ excluded }) => excluded !== null);
  const reasons = [...new Set(left.map(({ excluded }) => excluded))];
  return [
    ...header.classes.map((name) =>
      summary(
        name,
        null,
        used.filter(({ className }) => className === name),
      ),
    ),
    summary(
      "no class",
      null,
      used.filter(({ className }) => className === null),
    ),
    ...reasons.map((reason) => {
      const own = left.filter(({ excluded }) => excluded === reason);
      return summary(own[0]?.className ?? "no class", reason, own);
    }),
  ].filter(({ images }, index) => images > 0 || index < header.classes.length);
}

function summary(name: string, excluded: string | null, samples: readonly Sample[]): ClassSummary {
  return {
    name,
    excluded,
    images: samples.length,
    withMask: samples.filter(({ masks }) => masks !== null).length,
    groups: new Set(samples.flatMap(({ group }) => (group === null ? [] : [group]))).size,
  };
}
