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
  const sets = new DisjointSets(sorted.map(({ id }) => id));
  for (const { id, source, group, sha256 } of sorted) {
    if (group !== null) sets.join(id, JSON.stringify(["group", source, group]));
    sets.join(id, JSON.stringify(["bytes", sha256]));
  }
  for (const ids of nearDuplicateGroups) {
    const known = ids.filter((id) => sets.has(id));
    for (const id of known) sets.join(known[0] ?? id, id);
  }
  const byRoot = new Map<string, Sample[]>();
  for (const sample of sorted) {
    const root = sets.rootOf(sample.id);
    byRoot.set(root, [...(byRoot.get(root) ?? []), sample]);
  }
  return [...byRoot.values()].map((own) => ({ key: own[0]?.id ?? "", samples: own }));
}

class DisjointSets {
  readonly #parents = new Map<string, string>();

  constructor(members: readonly string[]) {
    for (const member of members) this.#parents.set(member, member);
  }

  has(member: string): boolean {
    return this.#parents.has(member);
  }

  rootOf(member: string): string {
    let root = member;
    for (
      let parent = this.#parents.get(root);
      parent !== undefined && parent !== root;
      parent = this.#parents.get(root)
    ) {
      root = parent;
    }
    this.#parents.set(member, root);
    return root;
  }

  join(a: string, b: string): void {
    if (!this.#parents.has(b)) this.#parents.set(b, b);
    this.#parents.set(this.rootOf(b), this.rootOf(a));
  }
}
