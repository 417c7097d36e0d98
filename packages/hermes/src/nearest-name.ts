/** @returns the name that is fewest single-letter edits away, unless it is too far away to be a slip */
export function nearestName(typed: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((name) => ({ name, edits: editDistance(typed.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  const [best] = ranked;
  const allowed = Math.max(2, Math.floor(typed.length * 0.4));
  return best !== undefined && best.edits <= allowed ? best.name : undefined;
}

/** Levenshtein's distance: insertions, deletions and replacements, 1 each. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, replaced));
    }
    row = next;
  }
  return row[b.length]!;
}
