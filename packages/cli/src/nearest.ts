import { distance } from "fastest-levenshtein";

/** @returns the name closest to what was typed, unless it is too far away to be a slip */
function nearest(typed: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((name) => ({ name, edits: distance(typed, name) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  const allowed = Math.max(2, Math.floor(typed.length * 0.4));
  return best !== undefined && best.edits <= allowed ? best.name : undefined;
}

/** @returns `did you mean data?`, or the list to choose from */
export function suggestion(typed: string, names: readonly string[], helpCommand: string): string {
  const name = nearest(typed, names);
  return name === undefined ? `see \`${helpCommand}\`` : `did you mean ${name}? See \`${helpCommand}\``;
}
