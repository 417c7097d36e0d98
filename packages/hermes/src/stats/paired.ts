import type { Key } from "../random.js";
import { type Complaint, UserError } from "../errors.js";
import { type BootstrapOptions, bootstrap, type SamplingEstimate, type Statistic } from "./bootstrap.js";
import type { Clusters } from "./clusters.js";
import { type Direction, type Verdict, verdictOf } from "./interval.js";

/** Two runs on the same images: each one's value, and the difference a - b with its interval. */
export interface PairedDifference {
  readonly a: SamplingEstimate;
  readonly b: SamplingEstimate;
  readonly difference: SamplingEstimate;
  readonly verdict: Verdict;
}

/**
 * Both runs are resampled together, image by image, so that what makes an image hard for both cancels.
 * `a` and `b` are statistics of the same images in the same order (see `pairById`).
 */
export function pairedDifference(
  a: Statistic,
  b: Statistic,
  clusters: Clusters,
  direction: Direction,
  source: Key,
  options: BootstrapOptions = {},
): PairedDifference {
  const estimates = bootstrap(
    { a, b, difference: (weights) => a(weights) - b(weights) },
    clusters,
    source,
    options,
  );
  return { ...estimates, verdict: verdictOf(estimates.difference.interval, direction) };
}

/**
 * Keeps the images where both runs have a value. A distance can be undefined for one run only; means over
 * different images must not be subtracted.
 */
export function definedInBoth<Item>(
  pairs: readonly (readonly [Item, Item])[],
  read: (item: Item) => number | null,
): { readonly pairs: readonly (readonly [Item, Item])[]; readonly leftOut: number } {
  const kept = pairs.filter(([a, b]) => read(a) !== null && read(b) !== null);
  return { pairs: kept, leftOut: pairs.length - kept.length };
}

const SHOWN_IDS = 5;

/**
 * Brings the records of two runs into one order.
 * @returns pairs in the order of `a`; refuses runs that were not evaluated on the same images.
 */
export function pairById<A extends { readonly id: string }, B extends { readonly id: string }>(
  a: readonly A[],
  b: readonly B[],
): (readonly [A, B])[] {
  const complaints = [...duplicates("first run", a), ...duplicates("second run", b)];
  const inB = new Map(b.map((record) => [record.id, record]));
  const idsOfA = new Set(a.map((record) => record.id));
  const pairs = a.flatMap((record) => {
    const partner = inB.get(record.id);
    return partner === undefined ? [] : [[record, partner] as const];
  });
  const onlyA = a.filter((record) => !inB.has(record.id));
  const onlyB = b.filter((record) => !idsOfA.has(record.id));
  if (onlyA.length + onlyB.length > 0) {
    complaints.push({
      what: "comparing two runs",
      got: `${onlyA.length} images only in the first (${shown(onlyA)}) and ${onlyB.length} only in the second (${shown(onlyB)})`,
      wanted: "the same images in both",
      fix: "evaluate both runs on the same split of the same data set",
    });
  }
  if (complaints.length > 0) throw new UserError(complaints);
  return pairs;
}

function duplicates(run: string, records: readonly { readonly id: string }[]): Complaint[] {
  const seen = new Set<string>();
  const twice = records.filter(({ id }) => seen.size === seen.add(id).size);
  if (twice.length === 0) return [];
  return [
    {
      what: `comparing two runs: ${run}`,
      got: `${twice.length} ids more than once (${shown(twice)})`,
      wanted: "one record per image",
      fix: "evaluate the run again",
    },
  ];
}

function shown(records: readonly { readonly id: string }[]): string {
  if (records.length === 0) return "none";
  const names = records.slice(0, SHOWN_IDS).map((record) => record.id);
  return names.join(", ") + (records.length > SHOWN_IDS ? ", …" : "");
}
