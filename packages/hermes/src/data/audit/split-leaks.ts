import { type Finding, finding } from "./finding.js";

/** The parts of one split, ids. */
export interface AuditedSplit {
  readonly name: string;
  readonly train: readonly string[];
  readonly val: readonly string[];
  readonly test: readonly string[];
}

const PARTS = ["train", "val", "test"] as const;

/**
 * Patients and groups of copies that a split tears apart.
 * @param units name of each patient or group, and the ids in it
 */
export function checkSplitLeaks(
  split: AuditedSplit,
  units: readonly { readonly name: string; readonly ids: readonly string[] }[],
): Finding[] {
  const partsOf = new Map<string, string[]>();
  for (const part of PARTS) {
    for (const id of split[part]) partsOf.set(id, [...(partsOf.get(id) ?? []), part]);
  }
  const leaks = units.flatMap(({ name, ids }) => {
    const parts = PARTS.filter((part) => ids.some((id) => partsOf.get(id)?.includes(part)));
    if (parts.length < 2) return [];
    return [finding("split-leak", ids, `split ${split.name}: ${name} is in ${parts.join(" and ")}`)];
  });
  const twice = [...partsOf].filter(([, parts]) => parts.length > 1);
  const doubles = twice.map(([id, parts]) =>
    finding("split-leak", [id], `split ${split.name}: the image is in ${parts.join(" and ")}`),
  );
  return [...leaks, ...doubles];
}
