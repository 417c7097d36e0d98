import { key } from "../random.js";
import { describe, expect, it } from "vitest";
import { clustersOf } from "./clusters.js";
import { comparePairedRuns, type RunPair } from "./paired-runs.js";
import { meanOf } from "./testing/statistics.js";

const OPTIONS = { resamples: 300 };
const clusters = clustersOf(["p1", "p1", "p2", "p3"]);

function pairOf(split: string, seed: number, gain: number): RunPair {
  const base = [0.5, 0.6, 0.7, 0.8];
  return { split, seed, clusters, a: meanOf(base.map((value) => value + gain)), b: meanOf(base) };
}

describe("comparePairedRuns", () => {
  it("averages per-pair differences, with Student's t over pairs", () => {
    const report = comparePairedRuns(
      [pairOf("s1", 0, 0.01), pairOf("s1", 1, 0.02), pairOf("s2", 0, 0.03)],
      "higher-is-better",
      key(1),
      OPTIONS,
    );
    // Mean 0.02, sd 0.01, t(0.975, 2) = 4.302653.
    expect(report.overPairs.spread).toMatchObject({ kind: "seeds", runs: 3 });
    expect(report.overPairs.spread.mean).toBeCloseTo(0.02, 12);
    expect(report.overPairs.interval!.high).toBeCloseTo(0.02 + (4.302653 * 0.01) / Math.sqrt(3), 7);
    // Every pair alone is decided, as the gain is the same on each image; over three pairs it is not.
    expect(report.pairs.map((pair) => pair.verdict)).toEqual(["a-better", "a-better", "a-better"]);
    expect(report.overPairs.verdict).toBe("undecided");
    expect(report.a.mean! - report.b.mean!).toBeCloseTo(0.02, 12);
  });

  it("decides nothing from one pair", () => {
    const report = comparePairedRuns([pairOf("s1", 0, 0.1)], "higher-is-better", key(1), OPTIONS);
    expect(report.overPairs).toMatchObject({ interval: null, verdict: "undecided", undefinedPairs: 0 });
  });

  it("gives each pair the same interval whatever the order, and counts undefined pairs", () => {
    const noisy: RunPair = { ...pairOf("s1", 7, 0), a: meanOf([0.4, 0.9, 0.3, 1]) };
    const broken: RunPair = { ...pairOf("s3", 0, 0), a: () => Number.NaN };
    const first = comparePairedRuns([noisy, broken], "higher-is-better", key(1), OPTIONS);
    const second = comparePairedRuns([broken, noisy], "higher-is-better", key(1), OPTIONS);
    expect(second.pairs[1]).toEqual(first.pairs[0]);
    expect(first.overPairs.undefinedPairs).toBe(1);
    expect(first.a.runs).toBe(1);
  });
});
