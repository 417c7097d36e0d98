import { groupPairs } from "../audit/union-find.js";
import { byCodeUnit } from "../order.js";
import type { Sample } from "../sample.js";

/** Images that must stay together: one patient, near-duplicates, the same bytes, and chains of these. */
export interface SplitUnit {
  /** The smallest id in it. */
  readonly key: string;
  readonly samples: readonly Sample[];
}

/**
 * Joins samples by patient or case, by equal bytes and by the given groups (union-find). A patient is only known
 * within its source: case 7 of one set is not case 7 of another.
 *
 * @param nearDuplicateGroups lists of ids; ids of samples that are not given are ignored
 * @returns units in order of their keys, whatever the order of the samples
 */
export function splitUnits(
  samples: readonly Sample[],
  nearDuplicateGroups: readonly (readonly string[])[],
): SplitUnit[] {
  const sorted = [...samples].sort((a, b) => byCodeUnit(a.id, b.id));
  const index = new Map(sorted.map(({ id }, item) => [id, item]));
  const firstOf = new Map<string, number>();
  const pairs: [number, number][] = [];
  const link = (name: readonly (string | number)[], item: number): void => {
    const first = firstOf.get(JSON.stringify(name));
    if (first === undefined) firstOf.set(JSON.stringify(name), item);
    else pairs.push([first, item]);
  };
  sorted.forEach(({ source, group, sha256 }, item) => {
    if (group !== null) link(["group", source, group], item);
    link(["bytes", sha256], item);
  });
  nearDuplicateGroups.forEach((ids, group) => {
    for (const id of ids) if (index.has(id)) link(["near-duplicates", group], index.get(id) ?? 0);
  });
  const joined = groupPairs(sorted.length, pairs);
  const grouped = new Set(joined.flat());
  const alone = sorted.flatMap((_, item) => (grouped.has(item) ? [] : [[item]]));
  return [...joined, ...alone]
    .map((items) => items.map((item) => sorted[item]!))
    .map((own) => ({ key: own[0]!.id, samples: own }))
    .sort((a, b) => byCodeUnit(a.key, b.key));
}
