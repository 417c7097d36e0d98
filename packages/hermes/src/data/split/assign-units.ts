import type { Key } from "../../random.js";
import { byCodeUnit } from "../order.js";
import type { SplitUnit } from "./split-units.js";
import { countStrata, type Strata } from "./strata.js";

/**
 * Deals units out to parts so that every part gets its share of every class.
 *
 * Units go in a seeded random order, those of several images first, each to the part where it lowers
 * sum over parts and classes of (count - wanted)^2 / wanted the most. The draw of a unit depends on its key
 * alone, so the order of the samples does not matter.
 *
 * @param shares share of the images per part, above 0
 * @returns index of the part per unit
 */
export function assignUnits(
  units: readonly SplitUnit[],
  strata: Strata,
  shares: readonly number[],
  key: Key,
): number[] {
  const counts = units.map(({ samples }) => countStrata(samples, strata));
  const totals = strata.names.map((_, stratum) => counts.reduce((sum, own) => sum + (own[stratum] ?? 0), 0));
  const wholeShare = shares.reduce((a, b) => a + b, 0);
  const wanted = shares.map((share) => totals.map((total) => (total * share) / wholeShare));
  const missing = wanted.map((row) => [...row]);
  const parts: number[] = new Array(units.length).fill(0);
  for (const unit of drawOrder(units, key)) {
    const own = counts[unit] ?? [];
    const gains = missing.map((row, part) => gainOf(own, row, wanted[part] ?? []));
    const best = gains.indexOf(Math.max(...gains));
    parts[unit] = best;
    own.forEach((count, stratum) => {
      const row = missing[best];
      if (row !== undefined) row[stratum] = (row[stratum] ?? 0) - count;
    });
  }
  return parts;
}

/** How much (missing)^2 / wanted falls when the unit is added. */
function gainOf(counts: readonly number[], missing: readonly number[], wanted: readonly number[]): number {
  return counts.reduce((sum, count, stratum) => {
    const share = wanted[stratum] ?? 0;
    return share === 0 ? sum : sum + (count * (2 * (missing[stratum] ?? 0) - count)) / share;
  }, 0);
}

function drawOrder(units: readonly SplitUnit[], key: Key): number[] {
  const draws = units.map((unit, index) => ({
    index,
    several: unit.samples.length > 1 ? 0 : 1,
    draw: key.fork("unit", unit.key).uniform(),
    name: unit.key,
  }));
  draws.sort((a, b) => a.several - b.several || a.draw - b.draw || byCodeUnit(a.name, b.name));
  return draws.map(({ index }) => index);
}
