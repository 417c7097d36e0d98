import { type Placement, resampleInto } from "./align.js";
import { applyDecisions, type Decision, decisionFor } from "./decisions.js";
import { type Finding, finding } from "./finding.js";
import type { DuplicatePair } from "./near-duplicates.js";
import type { Thumbnail } from "./thumbnail.js";
import { groupPairs } from "./union-find.js";

/** What the comparison of copies needs of an image. */
export interface AuditedImage {
  readonly id: string;
  readonly className: string | null;
  readonly group: string | null;
  readonly excluded: string | null;
  /** Share of each cell that is lesion, 0 to 255; `null` where no outline is known. */
  readonly mask: Thumbnail | null;
}

/** Outlines of copies that overlap less than this (Dice) contradict each other. */
export const MASK_CONFLICT_DICE = 0.5;

export interface DuplicateFindings {
  readonly findings: Finding[];
  readonly nearDuplicateGroups: string[][];
}

/** Groups of copies, and where their labels or outlines contradict each other. */
export function checkDuplicates(
  images: readonly AuditedImage[],
  pairs: readonly DuplicatePair[],
  decisions: readonly Decision[],
): DuplicateFindings {
  const groups = groupPairs(
    images.length,
    pairs.map(({ first, second }) => [first, second] as const),
  );
  const findings: Finding[] = [];
  const used = new Set<Decision>();
  for (const group of groups) {
    const own = pairs.filter(({ first }) => group.includes(first));
    findings.push(
      describeGroup(
        group.map((at) => images[at]!),
        own,
      ),
    );
    const ids = group.map((at) => images[at]!.id).sort();
    const conflicts = conflictsOf(images, own);
    if (conflicts.length === 0) continue;
    const decision = decisionFor(ids, decisions);
    if (decision === undefined) {
      findings.push(...conflicts.map(({ code, message }) => finding(code, ids, message)));
      continue;
    }
    used.add(decision);
    const left =
      decision.decision === "keep-both" ? [] : conflictsOf(applyDecisions(images, [decision]), own);
    findings.push(
      ...conflicts.map(({ code, message }) => {
        const rest = left.filter((conflict) => conflict.code === code);
        if (rest.length > 0) return finding(code, ids, `${rest[0]!.message} (also after the decision)`);
        return finding(code, ids, `${message}; decided: ${decision.reason}`, "info");
      }),
    );
  }
  for (const decision of decisions) {
    if (used.has(decision)) continue;
    findings.push(
      finding("stale-decision", decision.ids, "these images, taken together, are in no conflict"),
    );
  }
  const nearDuplicateGroups = groups.map((group) => group.map((at) => images[at]!.id).sort());
  return { findings, nearDuplicateGroups: nearDuplicateGroups.sort((a, b) => (a[0]! < b[0]! ? -1 : 1)) };
}

function describeGroup(members: readonly AuditedImage[], pairs: readonly DuplicatePair[]): Finding {
  const isExact = pairs.every(({ kind }) => kind === "exact");
  const lowest = Math.min(...pairs.map(({ similarity }) => similarity));
  const patients = new Set(
    members.map(({ group, id }) => (group === null ? `image ${id}` : `group ${group}`)),
  );
  const named = members.filter(({ group }) => group !== null).length;
  const where =
    named === 0
      ? "patients unknown"
      : patients.size === 1
        ? `all of patient ${members[0]!.group}`
        : `of ${patients.size} patients: ${[...new Set(members.map(({ group }) => group ?? "unknown"))].join(", ")}`;
  return finding(
    isExact ? "exact-duplicate" : "near-duplicate",
    members.map(({ id }) => id),
    `${members.length} images ${where}${isExact ? "" : `; similarity ${lowest.toFixed(2)}`}`,
    patients.size === 1 ? "info" : "warning",
  );
}

interface Conflict {
  readonly code: "label-conflict" | "mask-conflict";
  readonly message: string;
}

/** Excluded images take part in nothing and contradict nobody. */
function conflictsOf(images: readonly AuditedImage[], pairs: readonly DuplicatePair[]): Conflict[] {
  const labels: string[] = [];
  const masks: string[] = [];
  for (const { first, second, placement } of pairs) {
    const a = images[first]!;
    const b = images[second]!;
    if (a.excluded !== null || b.excluded !== null) continue;
    if (a.className !== null && b.className !== null && a.className !== b.className) {
      labels.push(`${a.id} is ${a.className}, ${b.id} is ${b.className}`);
    }
    if (a.mask === null || b.mask === null) continue;
    const dice = diceAligned(a.mask, b.mask, placement);
    if (dice < MASK_CONFLICT_DICE) masks.push(`${a.id} and ${b.id} overlap with Dice ${dice.toFixed(2)}`);
  }
  return [
    ...(labels.length > 0 ? [{ code: "label-conflict" as const, message: labels.join("; ") }] : []),
    ...(masks.length > 0 ? [{ code: "mask-conflict" as const, message: masks.join("; ") }] : []),
  ];
}

/** Dice of two outlines once the second is laid over the first; two empty ones agree. */
export function diceAligned(first: Thumbnail, second: Thumbnail, placement: Placement): number {
  const other = resampleInto(second, first, placement);
  let both = 0;
  let sum = 0;
  for (let at = 0; at < other.length; at++) {
    if (Number.isNaN(other[at]!)) continue;
    const a = first.data[at]! >= 128 ? 1 : 0;
    const b = other[at]! >= 128 ? 1 : 0;
    both += a * b;
    sum += a + b;
  }
  return sum === 0 ? 1 : (2 * both) / sum;
}
