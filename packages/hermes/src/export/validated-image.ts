/** What a model said of one validation image, against what is known of it. */
export interface ValidatedImage {
  readonly id: string;
  /** Patient; `null` stands alone. */
  readonly group: string | null;
  /** Index of the class; `null` if unknown. */
  readonly label: number | null;
  /** [K] */
  readonly classProbs: readonly number[];
  /** At native size; `null` without an outline. */
  readonly dice: number | null;
  readonly classConfidence: number;
  readonly maskConfidence: number;
}

/** @returns whether the most probable class is the right one; `null` if that is unknown */
export function classVerdict({ label, classProbs }: ValidatedImage): "right" | "wrong" | null {
  if (label === null) return null;
  return classProbs.indexOf(Math.max(...classProbs)) === label ? "right" : "wrong";
}
