import type { BinaryMask } from "./binary-mask.js";

export interface ConnectedComponents {
  /** H x W: 0 is background; components are numbered from 1 in the order of their first pixel. */
  readonly labels: Int32Array;
  /** Pixels of component `i + 1`. */
  readonly areasPx: readonly number[];
}

/**
 * Parts of a mask that hang together, diagonal neighbours included (8-connectivity). Works on horizontal runs
 * of lesion pixels, joined by union-find, so that the cost of a large lesion is that of its height.
 */
export function connectedComponents(mask: BinaryMask): ConnectedComponents {
  const runs = findRuns(mask);
  const parent = joinTouching(runs, mask.heightPx);
  const labels = new Int32Array(mask.data.length);
  const areasPx: number[] = [];
  const labelOf = new Int32Array(runs.starts.length);
  for (const [run, start] of runs.starts.entries()) {
    const root = rootOf(parent, run);
    // A root is the first run of its component, so it is met before the others.
    if (root === run) labelOf[run] = areasPx.push(0);
    const label = labelOf[root]!;
    const end = runs.ends[run]!;
    areasPx[label - 1]! += end - start;
    labels.fill(label, start, end);
  }
  return { labels, areasPx };
}

/** Horizontal runs in raster order, as half-open ranges of pixel indices. */
interface Runs {
  readonly widthPx: number;
  readonly starts: number[];
  readonly ends: number[];
  /** H + 1: the first run of each row, and the number of runs. */
  readonly firstOfRow: Int32Array;
}

function findRuns({ data, widthPx, heightPx }: BinaryMask): Runs {
  const starts: number[] = [];
  const ends: number[] = [];
  const firstOfRow = new Int32Array(heightPx + 1);
  for (let y = 0; y < heightPx; y++) {
    firstOfRow[y] = starts.length;
    const rowEnd = (y + 1) * widthPx;
    for (let i = y * widthPx; i < rowEnd; i++) {
      if (data[i] === 0) continue;
      starts.push(i);
      while (i < rowEnd && data[i] !== 0) i++;
      ends.push(i);
    }
  }
  firstOfRow[heightPx] = starts.length;
  return { widthPx, starts, ends, firstOfRow };
}

/** @returns the union-find forest of the runs; every root is the smallest index of its tree. */
function joinTouching({ widthPx, starts, ends, firstOfRow }: Runs, heightPx: number): Int32Array {
  const parent = Int32Array.from(starts, (_, run) => run);
  for (let y = 1; y < heightPx; y++) {
    let above = firstOfRow[y - 1]!;
    let run = firstOfRow[y]!;
    while (above < firstOfRow[y]! && run < firstOfRow[y + 1]!) {
      const aboveStart = starts[above]! + widthPx;
      const aboveEnd = ends[above]! + widthPx;
      // Ranges are half-open, so `<=` lets corners touch.
      if (aboveStart <= ends[run]! && starts[run]! <= aboveEnd) {
        const a = rootOf(parent, above);
        const b = rootOf(parent, run);
        parent[Math.max(a, b)] = Math.min(a, b);
      }
      if (aboveEnd < ends[run]!) above++;
      else run++;
    }
  }
  return parent;
}

function rootOf(parent: Int32Array, run: number): number {
  let root = run;
  while (parent[root] !== root) {
    parent[root] = parent[parent[root]!]!;
    root = parent[root]!;
  }
  return root;
}
