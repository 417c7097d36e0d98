import { distance } from "fastest-levenshtein";

/** @returns the name that is fewest single-letter edits away, unless it is too far away to be a slip */
export function nearestName(typed: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((name) => ({ name, edits: distance(typed.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  const [best] = ranked;
  const allowed = Math.max(2, Math.floor(typed.length * 0.4));
  return best !== undefined && best.edits <= allowed ? best.name : undefined;
}
