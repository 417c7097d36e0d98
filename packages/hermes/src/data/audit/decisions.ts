import { z } from "zod";
import { UserError } from "../../errors.js";
import { canonicalJson } from "../canonical-json.js";

/** What a person decided about one group of copies that contradict each other. */
export const decisionSchema = z.strictObject({
  /** The whole group, as the audit names it. */
  ids: z.array(z.string().min(1)).min(2),
  decision: z.union([
    z.literal("keep-both"),
    z.strictObject({ drop: z.array(z.string().min(1)).min(1) }),
    z.strictObject({ relabel: z.record(z.string(), z.string().min(1)) }),
  ]),
  reason: z.string().min(1),
});
export type Decision = z.output<typeof decisionSchema>;

const decisionsSchema = z.strictObject({ version: z.literal(1), decisions: z.array(decisionSchema) });

const EXAMPLE = '{"version": 1, "decisions": [{"ids": ["a", "b"], "decision": "keep-both", "reason": "…"}]}';

/**
 * Reads `decisions.json`. All faults are reported together.
 * @param knownIds of the manifest
 * @param classes that an image may be relabelled to
 */
export function parseDecisions(
  text: string,
  fileName: string,
  knownIds: ReadonlySet<string>,
  classes: readonly string[],
): Decision[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw UserError.of(
      fileName,
      "text that is not JSON",
      EXAMPLE,
      "correct it; the audit prints the lines to paste",
    );
  }
  const parsed = decisionsSchema.safeParse(value);
  if (!parsed.success) {
    throw new UserError(
      parsed.error.issues.map((issue) => ({
        what: `${fileName}, ${issue.path.join(".") || "whole file"}`,
        got: issue.message,
        wanted: EXAMPLE,
        fix: "correct it; the audit prints the lines to paste",
      })),
    );
  }
  const complaints = parsed.data.decisions.flatMap((decision, at) =>
    faultsOf(decision, knownIds, classes).map((got) => ({
      what: `${fileName}, decision ${at + 1}`,
      got,
      wanted: "ids of the manifest, each named in the decision's own list, and classes of the data set",
      fix: "correct it; the audit prints the lines to paste",
    })),
  );
  if (complaints.length > 0) throw new UserError(complaints);
  return parsed.data.decisions;
}

function faultsOf(
  { ids, decision }: Decision,
  knownIds: ReadonlySet<string>,
  classes: readonly string[],
): string[] {
  const unknown = ids.filter((id) => !knownIds.has(id)).map((id) => `the unknown image ${id}`);
  if (decision === "keep-both") return unknown;
  const named = "drop" in decision ? decision.drop : Object.keys(decision.relabel);
  const strangers = named.filter((id) => !ids.includes(id)).map((id) => `${id}, which is not in its ids`);
  const newClasses = "drop" in decision ? [] : Object.values(decision.relabel);
  const wrong = newClasses
    .filter((name) => !classes.includes(name))
    .map((name) => `the unknown class ${name}`);
  return [...unknown, ...strangers, ...wrong];
}

/** @returns the decision about exactly this group, or `undefined` */
export function decisionFor(ids: readonly string[], decisions: readonly Decision[]): Decision | undefined {
  const wanted = canonicalJson([...ids].sort());
  return decisions.find((decision) => canonicalJson([...decision.ids].sort()) === wanted);
}

/**
 * The samples after the decisions: dropped ones are excluded with the reason, relabelled ones have their new class.
 * Everything else stays as it is.
 */
export function applyDecisions<S extends { id: string; className: string | null; excluded: string | null }>(
  samples: readonly S[],
  decisions: readonly Decision[],
): S[] {
  const dropped = new Map<string, string>();
  const relabelled = new Map<string, string>();
  for (const { decision, reason } of decisions) {
    if (decision === "keep-both") continue;
    if ("drop" in decision) for (const id of decision.drop) dropped.set(id, `dropped by decision: ${reason}`);
    else for (const [id, className] of Object.entries(decision.relabel)) relabelled.set(id, className);
  }
  return samples.map((sample) => ({
    ...sample,
    className: relabelled.get(sample.id) ?? sample.className,
    excluded: dropped.get(sample.id) ?? sample.excluded,
  }));
}

/** @returns the text to paste into the list of decisions, to be completed by hand */
export function decisionSnippet(ids: readonly string[]): string {
  return JSON.stringify({ ids, decision: { drop: [ids[ids.length - 1]] }, reason: "…" });
}
