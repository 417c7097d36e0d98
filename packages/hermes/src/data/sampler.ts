import { type Key, permutation } from "../random.js";
import { byCodeUnit } from "./order.js";

/** One image to show. `epoch` counts how often it was shown before, so that each showing is augmented afresh. */
export interface Draw {
  readonly id: string;
  readonly epoch: number;
}

/** An endless order of images. What stands at a position depends on nothing but the ids and the key. */
export interface Sampler {
  /** @param position whole number >= 0 */
  at(position: number): Draw;
}

/**
 * Pass after pass over all ids, each in its own random order; none is left out, none comes twice in a pass.
 * The order in which the ids are given does not matter.
 */
export function uniformSampler(ids: readonly string[], key: Key): Sampler {
  if (ids.length === 0) throw new RangeError("uniformSampler: got no ids; wanted at least one.");
  const sorted = [...ids].sort(byCodeUnit);
  const orders = new Map<number, Int32Array>();
  const orderOf = (pass: number): Int32Array => {
    const known = orders.get(pass);
    if (known !== undefined) return known;
    const order = permutation(key.fork("pass", pass), sorted.length);
    if (orders.size >= KEPT_ORDERS) orders.clear();
    orders.set(pass, order);
    return order;
  };
  return {
    at(position) {
      const epoch = Math.floor(position / sorted.length);
      return { id: sorted[orderOf(epoch)[position % sorted.length]!]!, epoch };
    },
  };
}

/** Orders can be made again at any time; a few are kept because a batch may span two passes. */
const KEPT_ORDERS = 4;

/**
 * Every class equally often, whatever its size: rounds of one image per class, classes in random order within a
 * round. Within a class as `uniformSampler`.
 *
 * @param groups ids by class; images without a class may form a group of their own
 */
export function balancedSampler(groups: ReadonlyMap<string, readonly string[]>, key: Key): Sampler {
  const names = [...groups.keys()].filter((name) => groups.get(name)!.length > 0).sort(byCodeUnit);
  if (names.length === 0) throw new RangeError("balancedSampler: got no ids; wanted at least one.");
  const samplers = names.map((name) => uniformSampler(groups.get(name)!, key.fork("group", name)));
  return {
    at(position) {
      const round = Math.floor(position / names.length);
      const order = permutation(key.fork("round", round), names.length);
      return samplers[order[position % names.length]!]!.at(round);
    },
  };
}

/** @returns the draws of one batch; batches of consecutive steps follow each other without a gap */
export function drawBatch(sampler: Sampler, step: number, batchSize: number): Draw[] {
  return Array.from({ length: batchSize }, (_, i) => sampler.at(step * batchSize + i));
}
