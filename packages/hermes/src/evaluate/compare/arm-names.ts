import { canonicalJson } from "../../data/canonical-json.js";
import type { RunFacts } from "../run-facts.js";

/** Parts of a plan that make two runs of one method different arms of a study; the telling ones first. */
const ARM_PARTS = ["profile", "method.options", "model", "training", "weights"] as const;

/**
 * Names the arm of a study that each run belongs to: its method, and the settings in which runs of that method
 * differ, so that an ablation shows what was changed. Seed, split and label budget do not make another arm.
 */
export function armNames(runs: readonly RunFacts[]): string[] {
  const settings = runs.map(settingsOf);
  return runs.map((run, i) => {
    const keys = tellingKeys(settings.filter((_, j) => runs[j]!.method === run.method));
    if (keys.length === 0) return run.method;
    return `${run.method} (${keys.map((key) => `${key.split(".").at(-1)}=${settings[i]!.get(key) ?? "–"}`).join(", ")})`;
  });
}

/** The first settings that tell all different plans apart: a profile stands for all that it brings. */
function tellingKeys(plans: readonly ReadonlyMap<string, string>[]): string[] {
  const keys = [...new Set(plans.flatMap((plan) => [...plan.keys()]))];
  const groups = (chosen: readonly string[]) =>
    new Set(plans.map((plan) => JSON.stringify(chosen.map((key) => plan.get(key) ?? null)))).size;
  const all = groups(keys);
  const chosen: string[] = [];
  for (const key of keys) {
    if (groups(chosen) === all) break;
    if (groups([...chosen, key]) > groups(chosen)) chosen.push(key);
  }
  return chosen;
}

function settingsOf({ plan }: RunFacts): Map<string, string> {
  const flat = new Map<string, string>();
  const visit = (path: string, value: unknown): void => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value)) visit(`${path}.${key}`, inner);
    } else flat.set(path, typeof value === "string" ? value : canonicalJson(value));
  };
  for (const part of ARM_PARTS) visit(part, at(plan, part.split(".")));
  return flat;
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[key] : undefined,
    value,
  );
}
