/**
 * Joins pairs into groups.
 * @param count items are numbered from 0
 * @returns groups of two or more, members and groups in ascending order
 */
export function groupPairs(count: number, pairs: Iterable<readonly [number, number]>): number[][] {
  const parents = Array.from({ length: count }, (_, item) => item);
  const rootOf = (item: number): number => {
    let root = item;
    while (parents[root]! !== root) {
      parents[root] = parents[parents[root]!]!;
      root = parents[root]!;
    }
    return root;
  };
  for (const [a, b] of pairs) {
    const [low, high] = [rootOf(a), rootOf(b)].sort((x, y) => x - y) as [number, number];
    parents[high] = low;
  }
  const members = new Map<number, number[]>();
  for (let item = 0; item < count; item++) {
    const root = rootOf(item);
    members.set(root, [...(members.get(root) ?? []), item]);
  }
  return [...members.values()].filter((group) => group.length > 1);
}
