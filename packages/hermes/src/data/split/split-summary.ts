import type { Manifest, Sample } from "../sample.js";
import type { SplitFile } from "./split-file.js";

export interface SplitSummaryRow {
  /** `train`, `val`, `test`, `left out`, or `labels 72`. */
  readonly part: string;
  readonly images: number;
  /** In order of the manifest's classes, then images without a class. */
  readonly perClass: readonly number[];
  /** Patients or cases; images without one are not counted. */
  readonly groups: number;
}

/** @returns numbers per part and per label budget, no ids */
export function summariseSplit({ header, samples }: Manifest, split: SplitFile): SplitSummaryRow[] {
  const byId = new Map(samples.map((sample) => [sample.id, sample]));
  const row = (part: string, ids: readonly string[]): SplitSummaryRow => {
    const own = ids.flatMap((id): Sample | Sample[] => byId.get(id) ?? []);
    return {
      part,
      images: ids.length,
      perClass: [...header.classes, null].map(
        (name) => own.filter(({ className }) => className === name).length,
      ),
      groups: new Set(own.flatMap(({ group }) => group ?? [])).size,
    };
  };
  const leftOut = split.leftOut.map(({ id }) => id);
  return [
    row("train", split.train),
    row("val", split.val),
    row("test", split.test),
    ...(leftOut.length === 0 ? [] : [row("left out", leftOut)]),
    ...Object.entries(split.budgets).map(([name, ids]) => row(`labels ${name}`, ids)),
  ];
}
